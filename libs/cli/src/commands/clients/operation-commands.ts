import type { Client, ClientsDeleteOutput } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import { UsageError } from '../../failure.ts'
import type { FlagSpec, Io, Parsed } from '../../command.ts'
import { operationCommand, facts, listCommand } from '../../hub/operation-command.ts'
import type { InputFlag, InputPositional } from '../../hub/operation-command.ts'
import type { NameOf } from '../../hub/names.ts'
import { orgIdOf } from '../../hub/resolve.ts'
import { readJsonObject } from '../../input/json-input.ts'
import { connectionText } from './connections.ts'
import { changedSecret, secretFlags } from '../../input/secret-flags.ts'

const client: InputPositional = {
  member: 'name',
  question: 'Which outside service?',
  fix: 'Its name is shown by `alkhub clients list`.',
}

const type = {
  type: 'string',
  value: 'TYPE',
  member: 'type',
  summary: 'llm-provider, openapi, mcp-server, vcs, compute or custom.',
} as const satisfies InputFlag

const org = { type: 'string', value: 'ORG', member: 'orgId', resolve: orgIdOf } as const

const configFlag = {
  'config-file': {
    type: 'string',
    value: 'FILE',
    summary:
      'JSON object with its settings without the secret, by the schema of its type; `-` reads standard input.',
  },
} as const satisfies Record<string, FlagSpec>

const switches = {
  on: { type: 'boolean', summary: 'Use it.' },
  off: { type: 'boolean', summary: 'Disable it.' },
} as const satisfies Record<string, FlagSpec>

async function changes(args: Parsed, io: Io): Promise<Record<string, unknown>> {
  if (args.flag('on') && args.flag('off'))
    throw new UsageError('--on and --off contradict each other.', 'Give one.')
  const file = args.text('config-file')
  if (file === '-' && args.text('secret-file') === '-')
    throw new UsageError('Standard input can be read only once.', 'Read one of them from a file.')
  const secret = await changedSecret(args.positionals[0] ?? 'it', args, io)
  return {
    ...(file !== undefined && { config: await readJsonObject(io, file) }),
    ...compact({ secret }),
    ...((args.flag('on') || args.flag('off')) && { enabled: args.flag('on') }),
  }
}

const show = (one: Client, nameOf: NameOf): string =>
  `${facts({
    name: one.name,
    type: one.type,
    state: one.enabled ? 'on' : 'off',
    secret: one.hasSecret ? 'yes' : 'no',
    owner: one.ownerId === undefined ? undefined : nameOf(one.ownerId),
    organization: one.orgId === undefined ? undefined : nameOf(one.orgId),
  })}\n${JSON.stringify(one.config, undefined, 2)}`

export const list = listCommand<Client>({
  operationId: 'clients.list',
  usage: '[options]',
  summary:
    'Lists your outside services and those of your organizations. Of a secret it shows only whether there is one.',
  inputs: {
    type: { ...type, summary: `Only of one type: ${type.summary}` },
    org: { ...org, summary: 'Only those of one organization, by its id or name.' },
  },
  headings: ['name', 'type', 'state', 'secret', 'organization', 'connection', 'last error'],
  names: ['organization'],
  row: (one, nameOf) => [
    one.name,
    one.type,
    one.enabled ? 'on' : 'off',
    one.hasSecret ? 'yes' : 'no',
    one.orgId === undefined ? '-' : nameOf(one.orgId),
    connectionText(one.connection),
    one.connection?.lastError ?? '',
  ],
  none: 'No outside services. Add one with `alkhub clients create`.',
})

export const get = operationCommand<Client>({
  operationId: 'clients.get',
  usage: 'NAME [options]',
  summary: 'Shows an outside service, without its secret.',
  positionals: [client],
  names: ['account', 'organization'],
  say: show,
})

export const create = operationCommand<Client>({
  operationId: 'clients.create',
  usage: 'NAME --type TYPE --config-file FILE [options]',
  summary: 'Adds an outside service. Its secret is stored encrypted and never shown again.',
  positionals: [
    {
      ...client,
      question: 'What is it called?',
      fix: 'Use lower case: `alkhub clients create forge --type vcs --config-file FILE`.',
    },
  ],
  inputs: {
    type,
    org: {
      ...org,
      summary: 'The organization whose members see and use it: id or name (default: only you).',
    },
  },
  moreFlags: {
    ...configFlag,
    'secret-file': secretFlags['secret-file'],
    off: { type: 'boolean', summary: 'Do not use it yet.' },
  },
  async more(args, io) {
    if (args.text('type') === undefined)
      throw new UsageError('Which type?', `Give it with --type: ${type.summary}`)
    const file = args.text('config-file')
    if (file === undefined)
      throw new UsageError(
        'Where is it, and how is it reached?',
        'Give that as a JSON object with --config-file FILE; `alkhub schema clients.create` shows how.',
      )
    if (file === '-' && args.text('secret-file') === '-')
      throw new UsageError('Standard input can be read only once.', 'Read one of them from a file.')
    const secret = await changedSecret(args.positionals[0] ?? 'it', args, io)
    return {
      config: await readJsonObject(io, file),
      ...compact({ secret }),
      ...(args.flag('off') && { enabled: false }),
    }
  },
  say: (made) => `Added ${made.name}.`,
})

export const update = operationCommand<Client>({
  operationId: 'clients.update',
  usage: 'NAME [options]',
  summary:
    'Changes only the given settings. A new secret is used within a second. For the account that added it, and for the owner and admins of its organization.',
  positionals: [client],
  moreFlags: { ...configFlag, ...secretFlags, ...switches },
  more: changes,
  names: ['account', 'organization'],
  say: show,
})

export const remove = operationCommand<ClientsDeleteOutput>({
  operationId: 'clients.delete',
  usage: 'NAME [options]',
  summary: 'Removes an outside service and its secret.',
  positionals: [client],
  say: ({ name }) => `Removed ${name}.`,
})
