import type { Account } from '@alkdev/contracts'
import { operationCommand, facts, listCommand } from '../../hub/operation-command.ts'
import type { InputFlag, InputPositional } from '../../hub/operation-command.ts'
import { accountIdOf } from '../../hub/resolve.ts'
import { shortTime } from '../../input/times.ts'

const account: InputPositional = {
  member: 'accountId',
  question: 'Which account?',
  fix: 'Its id and address are shown by `alkhub accounts list`.',
  resolve: accountIdOf,
}

const describing = {
  name: { type: 'string', value: 'NAME', member: 'displayName', summary: 'What it is called.' },
  kind: {
    type: 'string',
    value: 'KIND',
    member: 'kind',
    summary: 'Its kind: human (default), service or llm.',
  },
  level: {
    type: 'string',
    value: 'LEVEL',
    member: 'accessLevel',
    summary: 'Its access level in the hub: user (default), service or admin.',
  },
} as const satisfies Record<string, InputFlag>

const show = (one: Account): string =>
  facts({
    id: one.accountId,
    address: one.email,
    name: one.displayName,
    kind: one.kind,
    level: one.accessLevel,
    state: one.status,
    made: shortTime(one.createdAt),
  })

export const list = listCommand<Account>({
  operationId: 'accounts.list',
  usage: '[options]',
  summary: 'Lists your account and those that share an organization with it; all for admins.',
  inputs: {
    status: {
      type: 'string',
      value: 'STATE',
      member: 'status',
      summary: 'Only those in one state: active, suspended or deactivated.',
    },
    kind: {
      type: 'string',
      value: 'KIND',
      member: 'kind',
      summary: 'Only human, service or llm.',
    },
  },
  headings: ['id', 'address', 'name', 'kind', 'level', 'state', 'made'],
  row: (one) => [
    one.accountId,
    one.email,
    one.displayName,
    one.kind,
    one.accessLevel,
    one.status,
    shortTime(one.createdAt),
  ],
  none: 'No such accounts.',
})

export const get = operationCommand<Account>({
  operationId: 'accounts.get',
  usage: 'ACCOUNT [options]',
  summary: 'Shows one account. ACCOUNT is its id or e-mail address, here and below.',
  positionals: [account],
  say: show,
})

export const create = operationCommand<Account>({
  operationId: 'accounts.create',
  usage: 'EMAIL [options]',
  summary: 'Creates an account, without a key. For admins.',
  positionals: [
    {
      member: 'email',
      question: 'What is its e-mail address?',
      fix: 'Give it: `alkhub accounts create ada@example.com`.',
    },
  ],
  inputs: describing,
  say: (made) => `Made ${made.email} (${made.accountId}).`,
})

export const update = operationCommand<Account>({
  operationId: 'accounts.update',
  usage: 'ACCOUNT [options]',
  summary:
    'Changes only the given settings. You may change the name of your own account; the rest is for admins.',
  positionals: [account],
  inputs: {
    ...describing,
    email: { type: 'string', value: 'EMAIL', member: 'email', summary: 'Another address.' },
  },
  say: show,
})

const setStatus = (status: Account['status'], summary: string, done: string) =>
  operationCommand<Account>({
    operationId: 'accounts.setStatus',
    usage: 'ACCOUNT [options]',
    summary,
    positionals: [account],
    inputs: {
      reason: {
        type: 'string',
        value: 'TEXT',
        member: 'reason',
        summary: 'Why; kept in the audit log.',
      },
    },
    fixed: { status },
    say: (one) => `${done} ${one.email}.`,
  })

export const suspend = setStatus(
  'suspended',
  'Suspends an account: its keys, connections and calls end within a second. For admins.',
  'Suspended',
)
export const activate = setStatus('active', 'Activates an account again. For admins.', 'Activated')
export const deactivate = setStatus(
  'deactivated',
  'Deactivates an account permanently; its entries in the audit log are kept. For admins.',
  'Deactivated',
)
