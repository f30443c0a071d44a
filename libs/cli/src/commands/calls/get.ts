import type { Call } from '@alkdev/contracts'
import type { Command } from '../../command.ts'
import { facts } from '../../hub/operation-command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { namesOf, SPOKE_KINDS } from '../../hub/names.ts'
import type { NamedKind, NameOf } from '../../hub/names.ts'
import { print } from '../../hub/print.ts'
import { shortTime } from '../../input/times.ts'
import { callIdOf } from './call-id-of.ts'
import { durationText } from './call-text.ts'

export const get: Command = {
  usage: 'CALL [options]',
  summary:
    'Shows a call: who made it, where it ran, how it ended, its input, and its output or error. CALL is an id or a prefix of it.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const callId = await callIdOf(hub, args)
    const call = await hub.call<Call>('calls.get', { callId })
    const nameOf = args.flag('json') ? (one: string) => one : await namesOf(hub, kindsOf(call))
    print(io, args.flag('json'), call, () => textOf(call, nameOf))
    return 0
  },
}

/** The kinds whose names the text shows. */
function kindsOf({ accountId, keyId, spokeId }: Call): readonly NamedKind[] {
  return [
    ...(accountId === undefined ? [] : (['account'] as const)),
    ...(keyId === undefined ? [] : (['api_key'] as const)),
    ...(spokeId === undefined ? [] : SPOKE_KINDS),
  ]
}

function textOf(call: Call, nameOf: NameOf): string {
  const { accountId, timing } = call
  const head = facts({
    call: call.callId,
    operation: call.operationId,
    outcome: call.code === undefined ? call.status : `${call.status} with ${call.code}`,
    account: accountId === undefined ? undefined : nameOf(accountId),
    key: call.keyId === undefined ? undefined : nameOf(call.keyId),
    session: call.sessionId,
    parent: call.parentCallId,
    started: shortTime(call.startedAt),
    took: durationText(call.durationMs),
    queued: durationText(timing?.queueMs),
    executed: durationText(timing?.executeMs),
    attempts: call.attempts,
    spoke: call.spokeId === undefined ? undefined : nameOf(call.spokeId),
    route: call.route,
    items: call.items,
    'idempotency key': call.idempotencyKey,
  })
  return [head, section('input', call.input), section('output', call.output), errorOf(call)]
    .filter((text) => text !== '')
    .join('\n\n')
}

function section(name: string, value: unknown): string {
  // JSON escapes control characters, except those of Unicode beyond ASCII.
  return value === undefined
    ? ''
    : `${name}\n${JSON.stringify(value, null, 2).replaceAll(/[\u007f-\u009f\p{Bidi_Control}]/gu, ' ')}`
}

function errorOf({ error }: Call): string {
  if (error === undefined) return ''
  const message = `${error.code}: ${error.message}`.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, ' ')
  const details = section('details', error.details)
  return `error\n${message}${details === '' ? '' : `\n\n${details}`}`
}
