import type { InferenceUsageItem } from '@alkdev/contracts'
import { UsageError } from '../failure.ts'
import { listCommand } from '../hub/operation-command.ts'
import { runIdOf } from '../hub/id-resolvers.ts'
import { accountIdOf, keyIdOf, orgIdOf } from '../hub/resolve.ts'
import { sessionIdOf } from '../sessions/resolve-session.ts'
import { dollars } from '../input/money.ts'
import { pastMomentOf } from '../input/times.ts'

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/
const GROUPS = ['day', 'model', 'account', 'session', 'run', 'key', 'call']

const moment = (flag: string, member: string, summary: string) =>
  ({
    type: 'string',
    value: 'WHEN',
    member,
    read: (text: string) => pastMomentOf(flag, text).toISOString(),
    summary,
  }) as const

export const usage = listCommand<InferenceUsageItem>({
  operationId: 'inference.usage',
  usage: '[options]',
  summary:
    'Shows what calls of models used and cost, by day, model, account, session, run of a workflow, key or one by one. Without --account, --org and --all: those of your account.',
  moreFlags: {
    by: {
      type: 'string',
      value: 'GROUP',
      summary: `One of ${GROUPS.join(', ')}. Default: day.`,
    },
  },
  inputs: {
    since: moment(
      'since',
      'from',
      'Only calls made from then on: `2h` (two hours ago) or `2030-01-31`. Default: 30 days.',
    ),
    before: moment('before', 'before', 'Only calls made before then.'),
    account: {
      type: 'string',
      value: 'ACCOUNT',
      member: 'accountId',
      resolve: accountIdOf,
      summary: 'Calls of one account: its id or e-mail address. For admins.',
    },
    org: {
      type: 'string',
      value: 'ORG',
      member: 'orgId',
      resolve: orgIdOf,
      summary: 'Calls of the members of one organization: its id or name.',
    },
    all: { type: 'boolean', member: 'all', summary: 'Calls of all accounts. For admins.' },
    model: { type: 'string', value: 'MODEL', member: 'model', summary: 'Calls of one model.' },
    key: {
      type: 'string',
      value: 'KEY',
      member: 'keyId',
      resolve: keyIdOf,
      summary: 'Calls of one key: its id or name.',
    },
    session: {
      type: 'string',
      value: 'SESSION',
      member: 'sessionId',
      resolve: sessionIdOf,
      summary: 'Calls of one session: its id, slug or `last`.',
    },
    run: {
      type: 'string',
      value: 'RUN',
      member: 'runId',
      resolve: runIdOf,
      summary: 'Calls of one run of a workflow: its id, or the beginning or end of it.',
    },
  },
  more: async (args) => {
    const by = args.text('by') ?? 'day'
    if (GROUPS.includes(by)) return { by }
    throw new UsageError(`There is no group \`${by}\`.`, `Give one of ${GROUPS.join(', ')}.`)
  },
  headings: ['group', 'calls', 'failed', 'input', 'cached', 'output', 'cost', 'notes'],
  names: (items) => (items.some(({ group }) => UUID.test(group)) ? ['account', 'api_key'] : []),
  row: (item, nameOf) => [
    item.group === '' ? '-' : nameOf(item.group),
    item.calls,
    item.failed,
    item.inputTokens,
    item.tokens.cacheRead,
    item.outputTokens,
    costOf(item),
    notesOf(item),
  ],
  none: 'No calls of models in this time.',
})

/** The cost of the calls whose price is known; `-` when it is known of none of them. */
export function costOf({ calls, unpriced, costMicros }: InferenceUsageItem): string {
  return calls > 0 && unpriced >= calls ? '-' : dollars(costMicros)
}

function notesOf({ estimated, unpriced }: InferenceUsageItem): string {
  const notes = [
    ...(estimated > 0 ? [`${estimated} estimated`] : []),
    ...(unpriced > 0 ? [`${unpriced} without a price`] : []),
  ]
  return notes.join(', ')
}
