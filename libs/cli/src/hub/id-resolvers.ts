import { HubProblemError, NotFoundError, UsageError } from '../failure.ts'
import type { HubClient } from './hub-client.ts'
import { IdPart, isWholeId } from './id-part.ts'
import type { ResolveId } from './operation-command.ts'
import { find } from './resolve.ts'

/** Notes the ids of a list operation: the member `member` of each item. */
type Look = (operationId: string, input: object, member: string) => Promise<void>

interface Kind {
  /** What has the id, the error of one that is not there, and the command that shows ids of the kind. */
  readonly thing: string
  readonly code: string
  readonly shownBy: string
  /** Looks through the lists; `found` says whether an id fitted so far. */
  readonly search: (
    look: Look,
    found: () => boolean,
    hub: HubClient,
    input: Readonly<Record<string, unknown>>,
  ) => Promise<void>
}

/**
 * Makes an id of the text of an argument: a whole id as it is, else the only one that begins with the text, or ends with four or more characters. The
 * function throws UsageError for a text that no id holds and when several ids fit, NotFoundError when none does.
 */
function idResolver({ thing, code, shownBy, search }: Kind): ResolveId {
  return async (hub, text, input = {}) => {
    if (isWholeId(text)) return text.toLowerCase()
    const part = new IdPart(text)
    if (!part.isPart)
      throw new UsageError(
        `\`${text}\` is not an id, nor the beginning or the end of one.`,
        `Ids are shown by \`alkhub ${shownBy}\`.`,
      )
    const look: Look = async (operationId, listInput, member) => {
      await find<Readonly<Record<string, string>>>(
        hub,
        operationId,
        listInput,
        (item) => {
          part.see(item[member] ?? '')
          return false
        },
        () => part.cut(),
      )
    }
    await search(look, () => part.isFound, hub, input)
    const id = part.only
    if (id !== undefined) return id
    throw new NotFoundError(
      code,
      `No ${thing} that you may see has an id that begins or ends with ${text}.`,
      `Ids are shown by \`alkhub ${shownBy}\`.`,
    )
  }
}

export const approvalIdOf = idResolver({
  thing: 'approval',
  code: 'APPROVAL_NOT_FOUND',
  shownBy: 'approvals list',
  async search(look, found) {
    await look('approvals.list', { status: 'open' }, 'approvalId')
    if (!found()) await look('approvals.list', {}, 'approvalId')
  },
})

/** A message of the session that the command names before it. */
export const messageIdOf = idResolver({
  thing: 'message of the session',
  code: 'MESSAGE_NOT_FOUND',
  shownBy: 'sessions messages SESSION',
  search: (look, _found, _hub, { sessionId }) =>
    look('sessions.messages', { sessionId, reverted: true }, 'messageId'),
})

export const workspaceIdOf = idResolver({
  thing: 'workspace',
  code: 'WORKSPACE_NOT_FOUND',
  shownBy: 'workspaces list PROJECT',
  async search(look, _found, hub) {
    for (const projectId of await idsOf(hub, 'projects.list', 'projectId'))
      // oxlint-disable-next-line no-await-in-loop -- a few
      await look('workspaces.list', { projectId }, 'workspaceId')
  },
})

export const runIdOf = idResolver({
  thing: 'run of yours',
  code: 'RUN_NOT_FOUND',
  shownBy: 'workflows runs',
  search: (look) => look('workflows.runs', {}, 'runId'),
})

export const budgetIdOf = idResolver({
  thing: 'budget',
  code: 'BUDGET_NOT_FOUND',
  shownBy: 'budgets list',
  search: (look) => look('budgets.list', {}, 'budgetId'),
})

/** An invitation that the caller received, else one of its organizations. */
export const invitationIdOf = idResolver({
  thing: 'invitation',
  code: 'INVITATION_NOT_FOUND',
  shownBy: 'orgs invitations',
  async search(look, found, hub) {
    await look('orgs.listInvitations', {}, 'invitationId')
    if (found()) return
    for (const orgId of await idsOf(hub, 'orgs.list', 'orgId'))
      // oxlint-disable-next-line no-await-in-loop -- a few
      await look('orgs.listInvitations', { orgId }, 'invitationId').catch(unlessRefused)
  },
})

/** A delivery of the webhook that the command names before it. */
export const deliveryIdOf = idResolver({
  thing: 'delivery of the webhook',
  code: 'DELIVERY_NOT_FOUND',
  shownBy: 'webhooks deliveries WEBHOOK',
  search: (look, _found, _hub, { webhook }) =>
    look('webhooks.deliveries', { webhook }, 'deliveryId'),
})

async function idsOf(hub: HubClient, operationId: string, member: string): Promise<string[]> {
  const ids: string[] = []
  await find<Readonly<Record<string, string>>>(hub, operationId, {}, (item) => {
    ids.push(item[member] ?? '')
    return false
  })
  return ids
}

/** Members may not see the invitations of an organization. */
function unlessRefused(error: unknown): void {
  if (error instanceof HubProblemError && error.code === 'ACCESS_DENIED') return
  throw error
}
