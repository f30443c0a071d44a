import type { LimitsOutput } from '@alkdev/contracts'
import { UsageError } from '../../failure.ts'
import type { NamedKind, NameOf } from '../../hub/names.ts'
import { operationCommand } from '../../hub/operation-command.ts'
import type { InputFlag } from '../../hub/operation-command.ts'
import { table } from '../../hub/print.ts'
import { accountIdOf, keyIdOf, orgIdOf } from '../../hub/resolve.ts'
import { shortTime } from '../../input/times.ts'

const subject = {
  key: {
    type: 'string',
    value: 'KEY',
    member: 'keyId',
    resolve: keyIdOf,
    summary: 'Of one key: its id, or the name of one of yours.',
  },
  account: {
    type: 'string',
    value: 'ACCOUNT',
    member: 'accountId',
    resolve: accountIdOf,
    summary: 'Of one account: its id or e-mail address.',
  },
  org: {
    type: 'string',
    value: 'ORG',
    member: 'orgId',
    resolve: orgIdOf,
    summary: 'Of one organization: its id or name.',
  },
} as const satisfies Record<string, InputFlag>

/** The kinds of subjects that have names. */
const KINDS: Readonly<Record<LimitsOutput['items'][number]['of'], NamedKind>> = {
  key: 'api_key',
  account: 'account',
  organization: 'organization',
}

const kindsOf = ({ items, queued }: LimitsOutput): readonly NamedKind[] => [
  ...items.map((one) => KINDS[one.of]),
  ...(queued === undefined ? [] : [KINDS.account]),
]

const show = ({ items, queued }: LimitsOutput, nameOf: NameOf): string => {
  const rows = [
    ...items.map((one) => [
      one.of,
      nameOf(one.id),
      one.window,
      one.limit,
      one.remaining,
      one.resetAt && shortTime(one.resetAt),
    ]),
    ...queuedRows(queued, nameOf),
  ]
  if (rows.length === 0) return 'No limits.'
  return table(['of', 'name', 'window', 'limit', 'left', 'resets'], rows)
}

/** The limits of queued calls, which have nothing that is left. */
function queuedRows(queued: LimitsOutput['queued'], nameOf: NameOf): (string | number)[][] {
  if (queued === undefined) return []
  const { accountId, atATime, perSecond } = queued
  const row = (window: string, limit: number | undefined): (string | number)[][] =>
    limit === undefined
      ? []
      : [['account', nameOf(accountId), window, limit === 0 ? 'none' : limit]]
  return [...row('queued at a time', atATime), ...row('queued a second', perSecond)]
}

/** The flags of the limits, with the members that they set. */
const MEMBERS = {
  'per-minute': 'perMinute',
  'per-day': 'perDay',
  'per-month': 'perMonth',
  'queued-at-a-time': 'queuedAtATime',
  'queued-per-second': 'queuedPerSecond',
} as const

const limit = (flag: keyof typeof MEMBERS, what: string): InputFlag => ({
  type: 'string',
  value: 'N',
  member: MEMBERS[flag],
  summary: `${what}; 0 for no limit.`,
  read(text) {
    if (/^\d{1,12}$/.test(text)) return Number(text)
    throw new UsageError(
      `--${flag} takes a number, not \`${text}\`.`,
      'Give 0 for no limit; --default takes the limits away.',
    )
  },
})

export const get = operationCommand<LimitsOutput>({
  operationId: 'limits.get',
  usage: '[options]',
  summary:
    'Shows the limits that your requests are counted against and what is left, or those of one key, account or organization.',
  inputs: subject,
  names: kindsOf,
  say: show,
})

export const set = operationCommand<LimitsOutput>({
  operationId: 'limits.set',
  usage: '(--key KEY | --account ACCOUNT | --org ORG) [options]',
  summary:
    'Sets limits for one key, account or organization; they replace those of the config files. For admins. Takes effect within a second.',
  inputs: {
    ...subject,
    'per-minute': limit('per-minute', 'Requests a minute'),
    'per-day': limit('per-day', 'Requests a day'),
    'per-month': limit('per-month', 'Requests a month'),
    'queued-at-a-time': limit('queued-at-a-time', 'Queued calls of an account that run at a time'),
    'queued-per-second': limit(
      'queued-per-second',
      'Attempts of queued calls of an account that are started in a second',
    ),
  },
  moreFlags: {
    default: {
      type: 'boolean',
      summary: 'Remove all of them; the limits of the config files apply again.',
    },
  },
  more: async (args) => {
    const flags = Object.keys(MEMBERS) as (keyof typeof MEMBERS)[]
    const given = flags.some((name) => args.text(name) !== undefined)
    if (given !== args.flag('default')) {
      const all = flags.filter(
        (name) => args.text('account') !== undefined || !name.startsWith('queued-'),
      )
      return given ? {} : Object.fromEntries(all.map((name) => [MEMBERS[name], null]))
    }
    throw new UsageError(
      given ? '--default and a limit contradict each other.' : 'Which limit?',
      'Give --per-minute, --per-day, --per-month, --queued-at-a-time or --queued-per-second, or --default.',
    )
  },
  names: kindsOf,
  say: show,
})
