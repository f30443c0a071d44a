import type { CallStats, CallStatsKey } from '@alkdev/contracts'
import { didYouMean } from '@alkdev/std'
import type { Command } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { flagsOf, inputOf } from '../../hub/operation-command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { namesOf, SPOKE_KINDS } from '../../hub/names.ts'
import type { NamedKind, NameOf } from '../../hub/names.ts'
import { listAll, moreLine, pageFlags } from '../../hub/pages.ts'
import { columns, print, table } from '../../hub/print.ts'
import { clockTime, durationOf, pastMomentOf } from '../../input/times.ts'
import { filterFlags } from './filter-flags.ts'
import { NUMBER_HEADINGS, numbersOf } from './stats-text.ts'

const KEYS = ['minute', 'operation', 'spoke', 'account'] as const
const DEFAULT_BY = ['operation', 'spoke'] as const
const MINUTE_MS = 60_000

function keysOf(text: string): readonly CallStatsKey[] {
  const words = text.split(',').map((word) => word.trim())
  return words.map((word) => {
    const key = KEYS.find((one) => one === word)
    if (key !== undefined) return key
    throw new UsageError(
      `--by takes no \`${word}\`.${didYouMean(word, KEYS)}`,
      'Give some of minute, operation, spoke and account: `--by minute,operation`.',
    )
  })
}

function minutesOf(text: string): number {
  const minutes = durationOf('step', text, '5m or 1h') / MINUTE_MS
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440) return minutes
  throw new UsageError('--step takes 1m to 24h.', 'Write it as 5m or 1h.')
}

const { account, org, all, op, spoke } = filterFlags

const options = {
  operationId: 'calls.stats',
  usage: '[options]',
  summary:
    'Counts the calls of your account, by operation and spoke: how many, the share that failed, and the durations below which 50, 95 and 99 % lie. Minutes are counted when they are over.',
  inputs: {
    account,
    org,
    all,
    op,
    spoke,
    by: {
      type: 'string',
      value: 'KEYS',
      member: 'by',
      read: keysOf,
      summary:
        'One line for each of these: minute, operation, spoke, account (default `operation,spoke`).',
    },
    step: {
      type: 'string',
      value: 'TIME',
      member: 'stepMinutes',
      read: minutesOf,
      summary: 'With `--by minute`: minutes that are counted as one: `5m`, `1h` (default `1m`).',
    },
    since: {
      type: 'string',
      value: 'WHEN',
      member: 'from',
      read: (text: string) => pastMomentOf('since', text).toISOString(),
      summary: 'Calls made from then on: `2h` (two hours ago, default `1h`) or `2030-01-31`.',
    },
    before: {
      type: 'string',
      value: 'WHEN',
      member: 'before',
      read: (text: string) => pastMomentOf('before', text).toISOString(),
      summary: 'Calls made before then (default now).',
    },
  },
} as const

const COLUMNS: Readonly<
  Record<
    CallStatsKey,
    { readonly kinds?: readonly NamedKind[]; of(one: CallStats, nameOf: NameOf): string }
  >
> = {
  minute: { of: ({ minute }) => clockTime(minute) },
  spoke: { kinds: SPOKE_KINDS, of: ({ spokeId }, nameOf) => (spokeId ? nameOf(spokeId) : '-') },
  account: {
    kinds: ['account'],
    of: ({ accountId }, nameOf) => (accountId ? nameOf(accountId) : '-'),
  },
  operation: { of: ({ operationId = '' }) => operationId },
}

/** The order of the columns: the operation comes last, because it may be cut. */
const ORDER = ['minute', 'account', 'spoke', 'operation'] as const

export const stats: Command = {
  usage: options.usage,
  summary: options.summary,
  flags: { ...flagsOf(options), ...pageFlags },
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const input = await inputOf(options, hub, args, io)
    const by = (input['by'] as readonly CallStatsKey[] | undefined) ?? DEFAULT_BY
    if (args.text('step') !== undefined && !by.includes('minute'))
      throw new UsageError('--step counts minutes.', 'Add `--by minute`.')
    const found = await listAll<CallStats>(hub, 'calls.stats', input, args)
    const json = args.flag('json')
    if (json || found.items.length === 0) {
      print(
        io,
        json,
        found,
        () =>
          'No calls were counted. A minute is counted about a minute after its end; `alkhub top` shows the last seconds.',
      )
      return 0
    }
    const shown = ORDER.filter((key) => by.includes(key))
    const nameOf = await namesOf(
      hub,
      shown.flatMap((key) => COLUMNS[key].kinds ?? []),
    )
    const [keys, last] = [shown.filter((key) => key !== 'operation'), shown.includes('operation')]
    const headings = [...keys, 'calls', ...NUMBER_HEADINGS, ...(last ? ['operation'] : [])]
    const rows = found.items.map((one) => [
      ...keys.map((key) => COLUMNS[key].of(one, nameOf)),
      one.count,
      ...numbersOf(one),
      ...(last ? [COLUMNS.operation.of(one, nameOf)] : []),
    ])
    print(io, false, found, () => table(headings, rows, columns(io)) + moreLine(found, args))
    return 0
  },
}
