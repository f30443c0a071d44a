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

const kindsOf = ({ items }: LimitsOutput): readonly NamedKind[] => items.map((one) => KINDS[one.of])

const show = ({ items }: LimitsOutput, nameOf: NameOf): string =>
  items.length === 0
    ? 'No limits.'
    : table(
        ['of', 'name', 'window', 'limit', 'left', 'resets'],
        items.map((one) => [
          one.of,
          nameOf(one.id),
          one.window,
          one.limit,
          one.remaining,
          one.resetAt && shortTime(one.resetAt),
        ]),
      )

const requests = (flag: string, member: string, window: string): InputFlag => ({
  type: 'string',
  value: 'N',
  member,
  summary: `Requests a ${window}; 0 for no limit.`,
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
    'per-minute': requests('per-minute', 'perMinute', 'minute'),
    'per-day': requests('per-day', 'perDay', 'day'),
    'per-month': requests('per-month', 'perMonth', 'month'),
  },
  moreFlags: {
    default: {
      type: 'boolean',
      summary: 'Remove all of them; the limits of the config files apply again.',
    },
  },
  more: async (args) => {
    const given = ['per-minute', 'per-day', 'per-month'].some(
      (name) => args.text(name) !== undefined,
    )
    if (given !== args.flag('default'))
      return given ? {} : { perMinute: null, perDay: null, perMonth: null }
    throw new UsageError(
      given ? '--default and a limit contradict each other.' : 'Which limit?',
      'Give --per-minute, --per-day or --per-month, or --default.',
    )
  },
  names: kindsOf,
  say: show,
})
