import type { Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import type { InputFlag } from '../../hub/operation-command.ts'
import { durationOf, momentOf } from '../../input/times.ts'

/** How a queued call is made, for `call --async` and for the calls of schedules. */
export const callFlags = {
  priority: {
    type: 'string',
    value: 'N',
    member: 'priority',
    read: wholeNumber('priority'),
    summary: '0 (default) to 9: of your queued calls a higher one is started first.',
  },
  'max-attempts': {
    type: 'string',
    value: 'N',
    member: 'maxAttempts',
    read: wholeNumber('max-attempts'),
    summary: 'Attempts that may have run at most (1 for operations of the retry class `never`).',
  },
  backoff: {
    type: 'string',
    value: 'TIME',
    member: 'backoffMs',
    read: (text) => durationOf('backoff', text, '2s or 5m'),
    summary: 'Before the second attempt: `2s`; doubled for each further one.',
  },
  expires: {
    type: 'string',
    value: 'TIME',
    member: 'expiresAfterMs',
    read: (text) => durationOf('expires', text),
    summary: 'Start no attempt later than this after it is due: `12h` (default `24h`).',
  },
} as const satisfies Record<string, InputFlag>

/** When a queued call is made. */
export const whenFlags = {
  delay: {
    type: 'string',
    value: 'TIME',
    member: 'delayMs',
    read: (text) => durationOf('delay', text),
    summary: 'Start it after this time: `30m`.',
  },
  at: {
    type: 'string',
    value: 'INSTANT',
    member: 'notBefore',
    read: (text) => momentOf('at', text).toISOString(),
    summary: 'Start it at this instant or later: `2030-01-31T08:00:00Z`.',
  },
} as const satisfies Record<string, InputFlag>

/** The members of `calls.enqueue` that these flags give. Throws UsageError for a text that does not fit. */
export function queueingInput(args: Parsed): Readonly<Record<string, unknown>> {
  const flags: readonly [string, InputFlag][] = Object.entries({ ...whenFlags, ...callFlags })
  return Object.fromEntries(
    flags.flatMap(([name, { member, read }]) => {
      const text = args.text(name)
      return text === undefined ? [] : [[member, read?.(text) ?? text]]
    }),
  )
}

/** The first of these flags that is given. */
export function givenQueueingFlag(args: Parsed): string | undefined {
  return Object.keys({ ...whenFlags, ...callFlags }).find((name) => args.text(name) !== undefined)
}

function wholeNumber(flag: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text)) return Number(text)
    throw new UsageError(`--${flag} takes a whole number, not \`${text}\`.`, 'Give for instance 3.')
  }
}
