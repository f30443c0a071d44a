import type { CallSummary, QueuedCallItem } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { positional } from '../../command.ts'
import type { Parsed } from '../../command.ts'
import { HubProblemError, NotFoundError, UsageError } from '../../failure.ts'
import type { HubClient } from '../../hub/hub-client.ts'

const UUID_LENGTH = 36
/** Maximum pages read: queued calls have no filter by id, so the newest pages are read until one call matches. */
const PAGE = 200
const MAX_PAGES = 20
/** Ids that are shown when several fit. */
const MAX_SHOWN = 3

/** The id of a call from the first argument. Throws UsageError without one. */
export function callIdOf(hub: HubClient, args: Parsed): Promise<string> {
  const text = positional(args, 0, 'Which call?', 'Ids are shown by `alkhub calls list`.')
  return resolveCallId(hub, text)
}

/**
 * A whole id as it is, else the id of the only call that begins so: of the calls of the own account that have ended and of its queued calls,
 * else of any account for admins. Throws UsageError for a text that no id begins with and when several calls begin so, NotFoundError when none
 * does.
 */
export async function resolveCallId(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text
  let found = await callsFrom(hub, { idPrefix: text })
  found = [...new Set([...found, ...(await queuedCallsFrom(hub, text))])]
  if (found.length === 0) found = await callsFrom(hub, { idPrefix: text, all: true }).catch(noRight)
  return onlyOf(found, text, {
    message: `No call that has ended begins with ${text}, or you may not see it.`,
    fix: 'Ids are shown by `alkhub calls list`; give the whole id of a call of another account, or of one that runs.',
  })
}

/** As `callIdOf`, for a queued call of the caller's account: `queue list` shows the beginnings. */
export async function resolveQueuedCallId(hub: HubClient, text: string): Promise<string> {
  if (isWholeId(text)) return text
  return onlyOf(await queuedCallsFrom(hub, text), text, {
    message: `No queued call of your account begins with ${text}.`,
    fix: 'Ids are shown by `alkhub queue list`; give the whole id of a call of another account.',
  })
}

function onlyOf(
  found: readonly string[],
  text: string,
  none: { readonly message: string; readonly fix: string },
): string {
  const [only] = found
  if (only === undefined) throw new NotFoundError('CALL_NOT_FOUND', none.message, none.fix)
  if (found.length === 1) return only
  const shown = found.slice(0, MAX_SHOWN)
  throw new UsageError(
    `Several calls begin with ${text}.`,
    `Give more of the id: ${shown.join(', ')}${found.length > MAX_SHOWN ? ', ...' : ''}.`,
  )
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

async function queuedCallsFrom(hub: HubClient, text: string): Promise<readonly string[]> {
  const prefix = text.toLowerCase()
  const found: string[] = []
  let cursor: string | undefined
  for (let at = 0; at < MAX_PAGES && found.length <= MAX_SHOWN; at += 1) {
    const page: { items: readonly QueuedCallItem[]; nextCursor?: string } = await hub.call(
      'calls.queued',
      { limit: PAGE, ...compact({ cursor }) },
    )
    const ids = page.items.map(({ callId }) => callId)
    found.push(...ids.filter((id) => id.startsWith(prefix)))
    cursor = page.nextCursor
    // The newest come first, and ids sort by age.
    if (cursor === undefined || (ids.at(-1) ?? '') < prefix) break
  }
  return found
}

async function callsFrom(hub: HubClient, input: object): Promise<readonly string[]> {
  const page = await hub.call<{ items: readonly CallSummary[] }>('calls.list', {
    ...input,
    limit: MAX_SHOWN,
  })
  return page.items.map(({ callId }) => callId)
}

function noRight(error: unknown): readonly string[] {
  if (error instanceof HubProblemError && error.code === 'ACCESS_DENIED') return []
  throw error
}
