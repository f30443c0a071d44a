import { serviceSpec } from '@alkdev/contracts'
import type { AuditEntry, AuditListInput } from '@alkdev/contracts'
import { callerOf, instantOf } from '@alkdev/service'
import type { Identity, IOperationDefinition, OperationContext } from '@alkdev/operations'
import { isActiveAdmin, listAudit } from '@alkdev/storage'
import type { AuditLogRow, Db } from '@alkdev/storage'
import type { GatewayContext } from '../../context.ts'
import { requireAdmin } from '../require-admin.ts'
import { readOrg, requireRank } from '../orgs/org-rights.ts'

function entryOf(row: AuditLogRow): AuditEntry {
  const optional = {
    keyId: row.keyId,
    sessionId: row.sessionId,
    orgId: row.orgId,
    targetType: row.targetType,
    targetId: row.targetId,
    code: row.code,
    callId: row.requestId,
    ip: row.ip,
    userAgent: row.userAgent,
    data: row.data,
  }
  const known = Object.entries(optional).filter(([, value]) => value !== null)
  return {
    auditId: row.id,
    at: row.createdAt.toISOString(),
    accountId: row.ownerId,
    action: row.action,
    result: row.result,
    ...(Object.fromEntries(known) as Partial<AuditEntry>),
  }
}

/** The accounts whose rows the caller may read: all for admins and within an organization that the caller administers, else only its own. */
async function ownerFilter(
  db: Db,
  caller: Identity,
  { accountId, orgId }: AuditListInput,
): Promise<{ readonly ownerId?: string }> {
  const asked = accountId === undefined ? {} : { ownerId: accountId }
  if (orgId !== undefined) {
    requireRank(await readOrg(db, orgId, caller), 'admin')
    return asked
  }
  if (accountId === caller.id) return asked
  if (accountId !== undefined) await requireAdmin(db, caller)
  else if (!(await isActiveAdmin(db, caller.id))) return { ownerId: caller.id }
  return asked
}

/** `audit.list` */
export function auditList({ runtime: { db } }: GatewayContext): IOperationDefinition {
  return {
    ...serviceSpec('audit.list'),
    async handler(input: AuditListInput, context: OperationContext) {
      const { accountId: _accountId, from, before, ...filter } = input
      const page = await listAudit(db, {
        ...filter,
        ...(await ownerFilter(db, callerOf(context), input)),
        ...(from !== undefined && { from: instantOf('audit.list', 'from', from) }),
        ...(before !== undefined && { before: instantOf('audit.list', 'before', before) }),
      })
      return { ...page, items: page.items.map((row) => entryOf(row)) }
    },
  }
}
