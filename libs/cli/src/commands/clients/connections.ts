import type {
  ClientConnectionView,
  ClientRefreshed,
  ClientsAccepted,
  ClientStatus,
  ClientTrial,
} from '@alkdev/contracts'
import { operationCommand } from '../../hub/operation-command.ts'
import type { InputPositional } from '../../hub/operation-command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { positional } from '../../command.ts'
import type { Command } from '../../command.ts'
import { heldLines } from './held-text.ts'

const client: InputPositional = {
  member: 'name',
  question: 'Which outside service?',
  fix: 'Its name is shown by `alkhub clients list`.',
}

/** Names that a line shows. */
const SHOWN = 10

/** The state of a connection in a few words. */
export function connectionText(connection: ClientConnectionView | undefined): string {
  if (connection === undefined) return '-'
  const { status, operations, held } = connection
  const waiting = held === 0 ? '' : `, ${held} to accept`
  const offered = operations === 1 ? '1 operation' : `${operations} operations`
  return status === 'connected' ? `${offered}${waiting}` : `${status}${waiting}`
}

/** What a trial found, for people. */
export function trialText({
  ok,
  error,
  operations,
  usable,
  offered,
  refused,
}: ClientTrial): string {
  if (!ok) return `It could not be used: ${error?.message ?? 'no reason'}\n${error?.fix ?? ''}`
  const names = operations.slice(0, SHOWN).map(({ name }) => name)
  const more = usable > names.length ? ' ...' : ''
  const lines = [
    usable === 0
      ? offered === 0
        ? 'It offers nothing.'
        : `None of the ${offered} that it offers can be used.`
      : `${usable} of the ${offered} that it offers ${usable === 1 ? 'becomes an operation' : 'become operations'}: ${names.join(', ')}${more}`,
    ...refused.slice(0, SHOWN).map(({ name, reason }) => `  not ${name}: ${reason}`),
    ...(refused.length > SHOWN ? [`  and ${refused.length - SHOWN} more`] : []),
  ]
  return lines.join('\n')
}

export const test: Command = {
  usage: 'NAME [options]',
  summary:
    'Connects to an outside service, shows what it offers and disconnects. Exits with 1 when that fails.',
  flags: hubFlags,
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(args, 0, client.question, client.fix)
    const hub = await HubClient.from(args, io)
    const trial = await hub.call<ClientTrial>('clients.test', { name })
    print(io, args.flag('json'), trial, () => trialText(trial))
    return trial.ok ? 0 : 1
  },
}

/** Characters of a hash that are shown. */
const SHOWN_HASH = 12

export const refresh = operationCommand<ClientRefreshed>({
  operationId: 'clients.refresh',
  usage: 'NAME [options]',
  summary: 'Reads the tools of an outside service again, and connects again if needed.',
  positionals: [client],
  say: ({ name, connection }) => {
    const error = connection.lastError === undefined ? '' : ` (${connection.lastError})`
    return `${name}: ${connectionText(connection)}${error}`
  },
})

export const status = operationCommand<ClientStatus>({
  operationId: 'clients.status',
  usage: 'NAME [options]',
  summary: 'Shows the connection to an outside service, what was refused and what waits.',
  positionals: [client],
  inputs: {
    held: { type: 'boolean', member: 'held', summary: 'Only changes that wait to be accepted.' },
  },
  say: ({ connection, refused, operations }) => {
    const width = Math.max(0, ...operations.map(({ operationId }) => operationId.length))
    return [
      connectionText(connection),
      ...(connection.lastError === undefined ? [] : [`last error: ${connection.lastError}`]),
      ...operations.flatMap(({ operationId, status: state, reason, held }) => [
        `  ${operationId.padEnd(width)}  ${state}${reason === undefined ? '' : `: ${reason}`}${
          held === undefined
            ? ''
            : `; changed: ${held.changes.join(', ') || 'new'}${held.hash === undefined ? '' : ` (${held.hash.slice(0, SHOWN_HASH)})`}`
        }`,
        ...(held === undefined ? [] : heldLines(held)),
      ]),
      ...refused.map(({ name, reason }) => `  not ${name}: ${reason}`),
    ].join('\n')
  },
})

export const accept = operationCommand<ClientsAccepted>({
  operationId: 'clients.accept',
  usage: 'NAME [options]',
  summary: 'Accepts the changed and new tools of an outside service that were held back.',
  positionals: [client],
  inputs: {
    operation: {
      type: 'string',
      value: 'NAME',
      multiple: true,
      member: 'operations',
      summary: 'Only this one; several times for several (default: all).',
    },
    hash: {
      type: 'string',
      value: 'HASH',
      multiple: true,
      member: 'hashes',
      summary:
        'Only the definition with this hash, as `clients status --held` shows it; several times for several.',
    },
  },
  say: ({ accepted }) =>
    accepted.length === 0 ? 'Nothing waits to be accepted.' : `Accepted ${accepted.join(', ')}.`,
})
