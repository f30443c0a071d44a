import type { SystemFinding } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { GatewayContext } from '../../context.ts'
import { findingsOf } from './findings-of.ts'
import type { HubState } from './findings-of.ts'
import { readInstances } from './read-instances.ts'
import { readBroken } from './read-broken.ts'
import { readPostgres } from './read-postgres.ts'
import { readRedis } from './read-redis.ts'

/** Asks the instances, PostgreSQL and Redis, and counts what must not be there, at the same time, and judges what they say. Each has two seconds. */
export async function readFindings({
  runtime,
  upstreams,
}: GatewayContext): Promise<HubState & { readonly findings: readonly SystemFinding[] }> {
  const [instances, postgres, redis, invariants] = await Promise.all([
    readInstances(runtime.bus.allInstances(), upstreams.agent),
    readPostgres(runtime.db),
    readRedis(runtime.redis),
    readBroken(runtime.db),
  ])
  const state = { instances, postgres, redis, ...compact({ invariants }) }
  return { ...state, findings: findingsOf(state) }
}
