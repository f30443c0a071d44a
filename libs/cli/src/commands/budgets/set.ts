import type { Budget } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { FlagSpec, Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { operationCommand } from '../../hub/operation-command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { accountIdOf, keyIdOf, orgIdOf } from '../../hub/resolve.ts'
import { sessionIdOf } from '../../sessions/resolve-session.ts'
import { microsOf } from '../../input/money.ts'
import { budgetText, kindsOf } from './budget-text.ts'

type Resolve = (hub: HubClient, text: string) => Promise<string>
const asItIs: Resolve = async (_hub, text) => text

const SUBJECTS: Readonly<Record<string, { readonly type: string; readonly resolve: Resolve }>> = {
  key: { type: 'key', resolve: keyIdOf },
  account: { type: 'account', resolve: accountIdOf },
  org: { type: 'org', resolve: orgIdOf },
  'for-model': { type: 'model', resolve: asItIs },
  session: { type: 'session', resolve: sessionIdOf },
}
const UNITS = ['cost', 'tokens', 'requests', 'concurrency']
const PERIODS = ['minute', 'day', 'month', 'total']

const text = (value: string, summary: string): FlagSpec => ({ type: 'string', value, summary })

export const set = operationCommand<Budget>({
  operationId: 'budgets.set',
  usage:
    '(--key KEY | --account ACCOUNT | --org ORG | --for-model MODEL | --session SESSION) (--cost USD | --tokens N | --requests N | --concurrency N) [options]',
  summary:
    'Limits what a key, an account, an organization, a model or a session may use of models. Counts within a second.',
  inputs: {
    model: {
      type: 'string',
      value: 'MODEL',
      member: 'model',
      summary: 'Counts the calls of this model only.',
    },
  },
  moreFlags: {
    key: text('KEY', 'Of one key: its id or name.'),
    account: text('ACCOUNT', 'Of one account: its id or e-mail address.'),
    org: text('ORG', 'Of one organization: its id or name.'),
    'for-model': text('MODEL', 'Of one model, as provider/model, for all accounts together.'),
    session: text('SESSION', 'Of one session and those below it: its id, slug or `last`.'),
    cost: text('USD', 'US dollars, for instance 20 or 0.05.'),
    tokens: text('N', 'Tokens of input and output together.'),
    requests: text('N', 'Requests.'),
    concurrency: text('N', 'Calls in flight.'),
    per: text('PERIOD', 'minute (not for --cost), day, month (UTC) or total. Default: total.'),
    'max-output-tokens': text('N', 'Output tokens of a call that sets no limit itself.'),
  },
  more: async (args, io) => {
    const [subject] = oneOf(args, Object.keys(SUBJECTS), 'Whose budget?')
    const [unit, amount] = oneOf(args, UNITS, 'Which limit?')
    const { type, resolve } = SUBJECTS[subject] ?? { type: subject, resolve: asItIs }
    const period = args.text('per') ?? 'total'
    if (!PERIODS.includes(period))
      throw new UsageError(
        `There is no period \`${period}\`.`,
        `Give one of ${PERIODS.join(', ')}.`,
      )
    const maxOutputTokens = args.number('max-output-tokens')
    const hub = await HubClient.from(args, io)
    return {
      subjectType: type,
      subjectId: await resolve(hub, args.text(subject) ?? ''),
      unit,
      period,
      limit: unit === 'cost' ? microsOf('cost', amount) : wholeNumber(unit, amount),
      ...compact({ maxOutputTokens }),
    }
  },
  names: kindsOf,
  say: budgetText,
})

/** The only one of the flags that is given, and its text. */
function oneOf(args: Parsed, names: readonly string[], question: string): [string, string] {
  const given = names.filter((name) => args.text(name) !== undefined)
  const [name] = given
  if (name !== undefined && given.length === 1) return [name, args.text(name) ?? '']
  const flags = names.map((one) => `--${one}`).join(', ')
  throw new UsageError(
    given.length === 0
      ? question
      : `${given.map((one) => `--${one}`).join(' and ')} contradict each other.`,
    `Give one of ${flags}.`,
  )
}

function wholeNumber(flag: string, given: string): number {
  if (/^\d{1,15}$/.test(given)) return Number(given)
  throw new UsageError(
    `--${flag} takes a whole number, not \`${given}\`.`,
    'Give for instance 1000.',
  )
}
