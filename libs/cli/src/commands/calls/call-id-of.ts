import type { CallSummary } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import { positional } from '../../command.ts'
import type { Parsed } from '../../command.ts'
import { HubProblemError } from '../../failure.ts'
import type { HubClient } from '../../hub/hub-client.ts'

const UUID_LENGTH = 36

/** The id of a call from the first argument. Throws UsageError without one. */
export function callIdOf(hub: HubClient, args: Parsed): Promise<string> {
  const text = positional(args, 0, 'Which call?', 'Ids are shown by `alkhub calls list`.')
  return resolveCallId(hub, text)
}

/** A whole id as it is, else the id of the only call that begins so: of the own account, or of any account for admins. */
export async function resolveCallId(hub: HubClient, text: string): Promise<string> {
  if (text.length >= UUID_LENGTH) return text
  let found = await callsFrom(hub, { idPrefix: text })
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
