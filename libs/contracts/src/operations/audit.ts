import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { notFound, query } from './define.ts'

/** One action: account, target, address and result. Entries are never changed. */
export const AuditEntry = Type.Object({
  auditId: Uuid,
  at: Timestamp,
  accountId: Uuid,
  keyId: Type.Optional(Uuid),
  sessionId: Type.Optional(Uuid),
  orgId: Type.Optional(Uuid),
  action: Type.String(),
  targetType: Type.Optional(Type.String()),
  targetId: Type.Optional(Type.String()),
  result: oneOf(['success', 'denied', 'failure']),
  code: Type.Optional(Type.String()),
  callId: Type.Optional(Type.String()),
  ip: Type.Optional(Type.String()),
  userAgent: Type.Optional(Type.String()),
  data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
export type AuditEntry = Static<typeof AuditEntry>

const Name = Type.String({ minLength: 1, maxLength: 128 })

export const AuditListInput = Type.Object(
  {
    accountId: Type.Optional(Uuid),
    orgId: Type.Optional(Uuid),
    keyId: Type.Optional(Uuid),
    action: Type.Optional(Name),
    targetType: Type.Optional(Name),
    targetId: Type.Optional(Name),
    from: Type.Optional(Timestamp),
    before: Type.Optional(Timestamp),
    ...pageInput,
  },
  closed,
)
export type AuditListInput = Static<typeof AuditListInput>

export const auditOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: query('audit.list', {
      title: 'Read the audit log',
      description:
        "Audit entries, newest first: of the caller's account; with `orgId` of an organization that the caller owns or administers; all for admins.",
      input: AuditListInput,
      output: page(AuditEntry),
      scopes: [SCOPES.AUDIT_READ],
      errors: notFound('ORG_NOT_FOUND', 'organization'),
    }),
  },
]
