import type { SystemFinding } from '@alkdev/contracts'
import type { GatewayContext } from '../../context.ts'
import { findingsOf } from './findings-of.ts'
import type { HubState } from './findings-of.ts'
import { readInstances } from './read-instances.ts'
import { readPostgres } from './read-postgres.ts'
import { readRedis } from './read-redis.ts'

/** Asks the instances, PostgreSQL and Redis at the same time, and judges what they say. Each has two seconds. */
export async function readFindings({
  runtime,
  upstreams,
}: GatewayContext): Promise<HubState & { readonly findings: readonly SystemFinding[] }> {
  const [instances, postgres, redis] = await Promise.all([
    readInstances(runtime.bus.allInstances(), upstreams.agent),
    readPostgres(runtime.db),
    readRedis(runtime.redis),
  ])
  const state = { instances, postgres, redis }
  return { ...state, findings: findingsOf(state) }
}
