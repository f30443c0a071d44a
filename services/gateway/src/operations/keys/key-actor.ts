import { auditCaller } from '@alkdev/service'
import type { OperationContext } from '@alkdev/operations'
import type { ActionContext } from 'keypal'

/** The author of a change of a key, and its origin, for the audit row that the key store writes with the change. */
export function keyActor(context: OperationContext): ActionContext {
  const { ownerId, keyId, requestId, ip, userAgent } = auditCaller(context)
  return {
    userId: ownerId,
    ...(keyId != null && { actorKeyId: keyId }),
    ...(requestId != null && { requestId }),
    ...(ip != null && { ip }),
    ...(userAgent != null && { userAgent }),
  }
}
