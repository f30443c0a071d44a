import type { LimitsOutput } from '@alkdev/contracts'
import { UsageError } from '../../failure.ts'
import { actCover } from '../../hub/cover.ts'
import type { InputFlag } from '../../hub/cover.ts'
import { table } from '../../hub/print.ts'
import { accountIdOf, orgIdOf } from '../../hub/resolve.ts'
import { shortTime } from '../../input/times.ts'

const subject = {
  key: { type: 'string', value: 'ID', member: 'keyId', summary: 'Of one key.' },
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

const show = ({ items }: LimitsOutput): string =>
  items.length === 0
    ? 'No limits.'
    : table(
        ['of', 'id', 'window', 'limit', 'left', 'all again'],
        items.map((one) => [
          one.of,
          one.id,
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

export const get = actCover<LimitsOutput>({
  operationId: 'limits.get',
  usage: '[options]',
  summary:
    'Shows the limits that your requests are counted against and what is left, or those of one key, account or organization.',
  inputs: subject,
  say: show,
})

export const set = actCover<LimitsOutput>({
  operationId: 'limits.set',
  usage: '(--key ID | --account ACCOUNT | --org ORG) [options]',
  summary:
    'Gives one key, account or organization limits of its own, in the place of those of the config files. For admins. Counts within a second.',
  inputs: {
    ...subject,
    'per-minute': requests('per-minute', 'perMinute', 'minute'),
    'per-day': requests('per-day', 'perDay', 'day'),
    'per-month': requests('per-month', 'perMonth', 'month'),
  },
  moreFlags: {
    default: { type: 'boolean', summary: 'Take all of them away: as the config files say.' },
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
  say: show,
})
