import type { SpokeDetails } from '@alkdev/contracts'
import { UsageError } from '../../failure.ts'
import type { InputFlag } from '../../hub/operation-command.ts'
import type { HubClient } from '../../hub/hub-client.ts'
import { accountIdOf, orgIdOf } from '../../hub/resolve.ts'
import { sessionIdOf } from '../../sessions/resolve-session.ts'
import { resolveCallId } from './call-id-of.ts'
import { durationOf } from '../../input/times.ts'

const statuses = ['completed', 'failed', 'aborted'] as const

async function spokeIdOf(hub: HubClient, name: string): Promise<string> {
  return (await hub.call<SpokeDetails>('spokes.get', { name })).spokeId
}

function statusOf(text: string): string {
  if (statuses.some((status) => status === text)) return text
  throw new UsageError(
    `There is no outcome \`${text}\`.`,
    'Give `completed`, `failed` or `aborted`.',
  )
}

/** Milliseconds from `250ms` or a duration of the other commands. */
function millisecondsOf(flag: string): (text: string) => number {
  return (text) => {
    const [, digits] = /^(\d{1,9})ms$/.exec(text) ?? []
    return digits === undefined ? durationOf(flag, text, '250ms, 45s, 30m or 12h') : Number(digits)
  }
}

/** The filters that `calls list` and `calls tail` share. */
export const filterFlags = {
  account: {
    type: 'string',
    value: 'ACCOUNT',
    member: 'accountId',
    resolve: accountIdOf,
    summary: 'Calls of another account: its id or e-mail address.',
  },
  org: {
    type: 'string',
    value: 'ORG',
    member: 'orgId',
    resolve: orgIdOf,
    summary: 'Calls of the members of an organization: its id or name.',
  },
  all: { type: 'boolean', member: 'all', summary: 'Calls of all accounts. For admins.' },
  op: {
    type: 'string',
    value: 'OPERATION',
    member: 'operationId',
    summary: 'Only calls of one operation, by the name that was called.',
  },
  outcome: {
    type: 'string',
    value: 'OUTCOME',
    member: 'status',
    read: statusOf,
    summary: 'Only `completed`, `failed` or `aborted` calls.',
  },
  code: {
    type: 'string',
    value: 'CODE',
    member: 'code',
    summary: 'Only calls that ended with one error code: `TIMEOUT`.',
  },
  spoke: {
    type: 'string',
    value: 'NAME',
    member: 'spokeId',
    resolve: spokeIdOf,
    summary: 'Only calls that one spoke answered.',
  },
  session: {
    type: 'string',
    value: 'SESSION',
    member: 'sessionId',
    resolve: sessionIdOf,
    summary: 'Only of one session: its id, slug or `last`.',
  },
  parent: {
    type: 'string',
    value: 'ID',
    member: 'parentCallId',
    resolve: resolveCallId,
    summary: 'Only calls that one call made.',
  },
  'idempotency-key': {
    type: 'string',
    value: 'KEY',
    member: 'idempotencyKey',
    summary: 'Only calls with one idempotency key.',
  },
  slower: {
    type: 'string',
    value: 'TIME',
    member: 'minDurationMs',
    read: millisecondsOf('slower'),
    summary: 'Only calls that took at least this long: `250ms`, `10s`.',
  },
  faster: {
    type: 'string',
    value: 'TIME',
    member: 'maxDurationMs',
    read: millisecondsOf('faster'),
    summary: 'Only calls that took at most this long.',
  },
} as const satisfies Record<string, InputFlag>
