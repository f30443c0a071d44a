import { SCOPES, serviceSpec } from '@alkdev/contracts'
import type { InboxItem, InboxListInput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { coversScope } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { listInbox, sessionsOfInbox } from '@alkdev/storage'
import type { InboxRow } from '@alkdev/storage'
import { workViewer } from '../../approvals/approval-access.ts'
import type { CoordinatorContext } from '../../context.ts'
import { slackOfSessions } from '../../tasks/slack-of-sessions.ts'

/** `inbox.list` */
export function inboxList({ runtime: { db }, plans }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('inbox.list'),
    async handler({ order = 'newest', ...input }: InboxListInput, context: OperationContext) {
      const caller = callerOf(context)
      const viewer = {
        ...workViewer(caller),
        keys: coversScope(caller.scopes, SCOPES.KEYS_READ),
        system: coversScope(caller.scopes, SCOPES.SYSTEM_READ),
      }
      const slackOf = (ids: readonly string[]) => slackOfSessions({ db, plans }, ids)
      if (order === 'urgent') {
        // Of all entries: those of a page are chosen by it.
        const slack = await slackOf(await sessionsOfInbox(db, { ...input, viewer }))
        const { items, ...rest } = await listInbox(db, { ...input, viewer, slack })
        return {
          items: items.map((row) => inboxItem(row, slack.get(row.sessionId ?? ''))),
          ...rest,
        }
      }
      const { items, ...rest } = await listInbox(db, { ...input, viewer })
      const slack = await slackOf(items.flatMap(({ sessionId }) => sessionId ?? []))
      return { items: items.map((row) => inboxItem(row, slack.get(row.sessionId ?? ''))), ...rest }
    },
  }
}

function inboxItem(row: InboxRow, slack: number | undefined): InboxItem {
  const { detail, severity, deadline, defaultDecision, askedOf } = row
  const { subjectType, subjectId, accountId, orgId } = row
  return {
    kind: row.kind as InboxItem['kind'],
    id: row.id,
    at: row.at.toISOString(),
    title: row.title,
    ...(detail !== null && { detail }),
    ...(severity !== null && { severity: severity as NonNullable<InboxItem['severity']> }),
    ...(deadline !== null && { deadline: deadline.toISOString() }),
    ...(defaultDecision !== null && {
      defaultDecision: defaultDecision as NonNullable<InboxItem['defaultDecision']>,
    }),
    ...(askedOf !== null && askedOf.length > 0 && { askedOf: [...askedOf] }),
    ...(subjectType !== null &&
      subjectId !== null && { subject: { type: subjectType, id: subjectId } }),
    ...compact({ slack, sessionId: row.sessionId ?? undefined }),
    ...(accountId !== null && { accountId }),
    ...(orgId !== null && { orgId }),
  }
}
