import { serviceSpec } from '@alkdev/contracts'
import type { SystemHealth } from '@alkdev/contracts'
import type { IOperationDefinition } from '@alkdev/operations'
import { compact, sharedNow } from '@alkdev/std'
import type { GatewayContext } from '../../context.ts'
import { readFindings } from './read-findings.ts'

/** `system.health` */
export function systemHealth(context: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('system.health'),
    async handler(): Promise<SystemHealth> {
      const { instances, invariants, postgres, redis, findings } = await readFindings(context)
      const { schema: _schema, ...server } = postgres
      return {
        at: new Date(sharedNow()).toISOString(),
        healthy: findings.every(({ state }) => state !== 'wrong'),
        findings: [...findings],
        instances: [...instances],
        ...compact({ invariants: invariants && [...invariants] }),
        postgres: server,
        redis,
      }
    },
  }
}
