import { serviceSpec } from '@alkdev/contracts'
import type {
  SessionPermissions,
  SessionRef,
  SessionsRevokePermissionInput,
} from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { inTransaction } from '@alkdev/storage'
import { listSessionPermissions, revokeSessionPermission } from '@alkdev/storage/sessions'
import type { Db } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { changeableSession, visibleSession } from '../../sessions/whose-sessions.ts'
import { withoutNulls } from '../../workflows/without-nulls.ts'

async function permissionsOf(db: Db, sessionId: string): Promise<SessionPermissions> {
  const rows = await listSessionPermissions(db, sessionId)
  return {
    items: rows.map(({ id, operationName, pattern, approvalId, grantedBy }) => ({
      permissionId: id,
      operationId: operationName,
      pattern,
      ...withoutNulls({ approvalId, grantedBy }),
    })),
  }
}

/** `sessions.permissions` */
export function sessionsPermissions({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('sessions.permissions'),
    async handler({ sessionId }: SessionRef, context: OperationContext) {
      await visibleSession(db, callerOf(context), sessionId)
      return permissionsOf(db, sessionId)
    },
  }
}

/** `sessions.revokePermission` */
export function sessionsRevokePermission({
  runtime: { db },
}: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('sessions.revokePermission'),
    async handler(
      { sessionId, permissionId }: SessionsRevokePermissionInput,
      context: OperationContext,
    ) {
      await changeableSession(db, callerOf(context), sessionId)
      await inTransaction(db, async (tx) => {
        if (await revokeSessionPermission(tx, sessionId, permissionId))
          await audit(tx, context, {
            action: 'sessions.permissionRevoked',
            targetType: 'session',
            targetId: sessionId,
            data: { permissionId },
          })
      })
      return permissionsOf(db, sessionId)
    },
  }
}
