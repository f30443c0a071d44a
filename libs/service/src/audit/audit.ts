import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { appendAudit } from '@alkdev/storage'
import type { AuditLogInsert, Db } from '@alkdev/storage'
import type { Logger } from 'pino'
import type { Caller } from '../identity/caller.ts'

/** Member of a call's metadata in which an edge says where the call came from. */
export const CALLED_FROM = 'from'

/**
 * Member of a call's metadata with the ids of the keys of spokes that act on behalf of its caller. Only the broker sets it. What such a
 * call creates may not outlive these keys.
 */
export const ACTING_KEYS = 'actingKeys'

/** Where a call came from, as its edge saw it. */
export interface CalledFrom {
  readonly ip?: string
  readonly userAgent?: string
}

const MAX_TEXT = 512

/** For the metadata of a call at the edge that it entered by. */
export function calledFrom(
  ip: string,
  userAgent: string | undefined,
): { readonly [CALLED_FROM]: CalledFrom } {
  return {
    [CALLED_FROM]: {
      ip: ip.slice(0, MAX_TEXT),
      ...(userAgent !== undefined && { userAgent: userAgent.slice(0, MAX_TEXT) }),
    },
  }
}

function textOf(value: unknown): string | null {
  // Postgres cannot store NUL.
  return typeof value === 'string' ? value.replaceAll('\0', '').slice(0, MAX_TEXT) : null
}

/** The caller and its origin, for an audit row. Throws UNAUTHENTICATED without a caller. */
export function auditCaller(
  context: OperationContext,
): Pick<AuditLogInsert, 'ownerId' | 'keyId' | 'requestId' | 'ip' | 'userAgent'> {
  const { identity, requestId, metadata } = context
  if (identity === undefined) throw new CallError('UNAUTHENTICATED', 'The call has no caller.')
  const from = (metadata?.[CALLED_FROM] ?? {}) as { ip?: unknown; userAgent?: unknown }
  return {
    ownerId: identity.id,
    keyId: identity.keyId ?? null,
    requestId: requestId ?? null,
    ip: textOf(from.ip),
    userAgent: textOf(from.userAgent),
  }
}

/** What was done; the caller is recorded separately. */
export type AuditEntry = Pick<AuditLogInsert, 'action'> &
  Partial<Pick<AuditLogInsert, 'targetType' | 'targetId' | 'orgId' | 'data'>>

/** Writes what a call did to the audit log, in the same transaction, so that neither is stored without the other. */
export async function audit(tx: Db, context: OperationContext, entry: AuditEntry): Promise<void> {
  await appendAudit(tx, { ...auditCaller(context), ...entry })
}

type Handler = (input: unknown, context: OperationContext) => unknown

/**
 * The operation, with a row in the audit log for every call of it that a rule of the operation refused (ACCESS_DENIED). That row is
 * written beside the failed transaction; when it can't be, this is logged and the caller gets the same refusal.
 */
export function auditDenials(
  definition: IOperationDefinition,
  db: Db,
  logger: Logger,
): IOperationDefinition {
  const handler = definition.handler as Handler
  const action = `${definition.namespace}.${definition.name}`
  return {
    ...definition,
    async handler(input: unknown, context: OperationContext): Promise<unknown> {
      try {
        return await handler(input, context)
      } catch (error) {
        if (error instanceof CallError && error.code === 'ACCESS_DENIED') {
          const row = { ...auditCaller(context), action, code: error.code }
          await appendAudit(db, { ...row, result: 'denied', data: subjectOf(input) }).catch(
            (failure: unknown) =>
              logger.warn({ err: failure, action }, 'a denial could not be recorded'),
          )
        }
        throw error
      }
    },
  }
}

/** The part of the input that identifies its subject: ids and names, nothing that might be a secret. */
function subjectOf(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null) return {}
  const named = Object.entries(input).filter(
    ([name, value]) => typeof value === 'string' && /^(name|slug|.*Id)$/.test(name),
  )
  return Object.fromEntries(named)
}

/**
 * The account whose rights a handler uses. A call that spokes make on behalf of it covers only the organizations of all of them. Throws UNAUTHENTICATED
 * without a caller.
 */
export function callerOf({ identity, metadata }: OperationContext): Caller {
  if (identity === undefined) throw new CallError('UNAUTHENTICATED', 'The call has no caller.')
  if (!Array.isArray(metadata?.[ACTING_KEYS])) return identity
  return { ...identity, withinOrgs: identity.orgIds ?? [] }
}
