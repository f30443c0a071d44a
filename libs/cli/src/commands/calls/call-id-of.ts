import type { CallSummary, QueuedCallItem } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import { positional } from '../../command.ts'
import type { Parsed } from '../../command.ts'
import { HubProblemError, UsageError } from '../../failure.ts'
import type { HubClient } from '../../hub/hub-client.ts'

const UUID_LENGTH = 36
/** Maximum pages read: queued calls have no filter by id, so the newest pages are read until one call matches. */
const PAGE = 200
const MAX_PAGES = 20

/** The id of a call from the first argument. Throws UsageError without one. */
export function callIdOf(hub: HubClient, args: Parsed): Promise<string> {
  const text = positional(args, 0, 'Which call?', 'Ids are shown by `alkhub calls list`.')
  return resolveCallId(hub, text)
}

/**
 * A whole id as it is, else the id of the only call that begins so: of the calls of the own account that have ended, of its queued calls,
 * or of any account for admins. Throws UsageError for a text that no id begins with, OperatorError when no call or several begin so.
 */
export async function resolveCallId(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text
  let found: readonly WithCallId[] = await callsFrom(hub, { idPrefix: text })
  if (found.length === 0) found = await queuedCallsFrom(hub, text)
  if (found.length === 0) found = await callsFrom(hub, { idPrefix: text, all: true }).catch(noRight)
  const [only] = found
  if (only !== undefined && found.length === 1) return only.callId
  throw new OperatorError(
    only === undefined
      ? `No call that has ended begins with ${text}, or you may not see it.`
      : `Several calls begin with ${text}.`,
    only === undefined
      ? 'Ids are shown by `alkhub calls list`; give the whole id of a call of another account, or of one that runs.'
      : `Give more of the id: ${found.map(({ callId }) => callId).join(', ')}.`,
  )
}

/** As `callIdOf`, for a queued call of the caller's account: `queue list` shows the beginnings. */
export async function resolveQueuedCallId(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text
  const found = await queuedCallsFrom(hub, text)
  const [only] = found
  if (only !== undefined && found.length === 1) return only.callId
  throw new OperatorError(
    only === undefined
      ? `No queued call of your account begins with ${text}.`
      : `Several queued calls begin with ${text}.`,
    only === undefined
      ? 'Ids are shown by `alkhub queue list`; give the whole id of a call of another account.'
      : `Give more of the id: ${found.map(({ callId }) => callId).join(', ')}.`,
  )
}

interface WithCallId {
  readonly callId: string
}

/** True for a complete id, false for the beginning of one. */
function isWholeId(text: string): boolean {
  if (!/^[\da-f-]{1,36}$/i.test(text))
    throw new UsageError(
      `\`${text}\` is not the id of a call, or the beginning of one.`,
      'Ids are shown by `alkhub calls list` and `alkhub queue list`: 018f4a1e-0000-7000.',
    )
  return text.length === UUID_LENGTH
}

async function queuedCallsFrom(hub: HubClient, text: string): Promise<readonly WithCallId[]> {
  const prefix = text.toLowerCase()
  const found: WithCallId[] = []
  let cursor: string | undefined
  for (let at = 0; at < MAX_PAGES && found.length < 3; at += 1) {
    const page: { items: readonly QueuedCallItem[]; nextCursor?: string } = await hub.call(
      'calls.queued',
      { limit: PAGE, ...compact({ cursor }) },
    )
    found.push(...page.items.filter(({ callId }) => callId.startsWith(prefix)))
    cursor = page.nextCursor
    if (cursor === undefined) break
  }
  return found.slice(0, 3)
}

async function callsFrom(hub: HubClient, input: object): Promise<readonly CallSummary[]> {
  const page = await hub.call<{ items: readonly CallSummary[] }>('calls.list', {
    ...input,
    limit: 3,
  })
  return page.items
}

function noRight(error: unknown): readonly CallSummary[] {
  if (error instanceof HubProblemError && error.code === 'ACCESS_DENIED') return []
  throw error
}
