import type { Client, ClientsDeleteOutput } from '@alkdev/contracts'
import { UsageError } from '../../failure.ts'
import type { FlagSpec, Io, Parsed } from '../../command.ts'
import { actCover, facts, listCover } from '../../hub/cover.ts'
import type { InputFlag, InputPositional } from '../../hub/cover.ts'
import { orgIdOf } from '../../hub/resolve.ts'
import { readJsonObject } from '../../input/json-input.ts'
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
      'JSON object with what is not secret about it, by the schema of its type; `-` reads standard input.',
  },
} as const satisfies Record<string, FlagSpec>

const switches = {
  on: { type: 'boolean', summary: 'Use it.' },
  off: { type: 'boolean', summary: 'Keep it, and do not use it.' },
} as const satisfies Record<string, FlagSpec>

async function changes(args: Parsed, io: Io): Promise<Record<string, unknown>> {
  if (args.flag('on') && args.flag('off'))
    throw new UsageError('--on and --off contradict each other.', 'Give one.')
  const file = args.text('config-file')
  if (file === '-' && args.text('secret-file') === '-')
    throw new UsageError('Standard input is one thing only.', 'Read one of both from a file.')
  const secret = await changedSecret(args.positionals[0] ?? 'it', args, io)
  return {
    ...(file !== undefined && { config: await readJsonObject(io, 'config-file', file) }),
    ...(secret !== undefined && { secret }),
    ...((args.flag('on') || args.flag('off')) && { enabled: args.flag('on') }),
  }
}

const show = (one: Client): string =>
  `${facts({
    name: one.name,
    type: one.type,
    state: one.enabled ? 'on' : 'off',
    secret: one.hasSecret ? 'yes' : 'no',
    owner: one.ownerId,
    organization: one.orgId,
  })}\n${JSON.stringify(one.config, undefined, 2)}`

export const list = listCover<Client>({
  operationId: 'clients.list',
  usage: '[options]',
  summary:
    'Lists your outside services and those of your organizations. Of a secret it tells only whether there is one.',
  inputs: {
    type: { ...type, summary: `Only of one type: ${type.summary}` },
    org: { ...org, summary: 'Only those of one organization, by its id or name.' },
  },
  headings: ['name', 'type', 'state', 'secret', 'organization'],
  row: (one) => [
    one.name,
    one.type,
    one.enabled ? 'on' : 'off',
    one.hasSecret ? 'yes' : 'no',
    one.orgId ?? '-',
  ],
  none: 'No outside services. Add one with `alkhub clients create`.',
})

export const get = actCover<Client>({
  operationId: 'clients.get',
  usage: 'NAME [options]',
  summary: 'Shows an outside service, without its secret.',
  positionals: [client],
  say: show,
})

export const create = actCover<Client>({
  operationId: 'clients.create',
  usage: 'NAME --type TYPE --config-file FILE [options]',
  summary: 'Adds an outside service. Its secret is stored encrypted and never shown again.',
  positionals: [
    {
      ...client,
      question: 'What is it called?',
      fix: 'Name it in small letters: `alkhub clients create forge --type vcs --config-file FILE`.',
    },
  ],
  inputs: {
    type,
    org: { ...org, summary: 'Whose members see and use it: id or name (default: you alone).' },
  },
  moreFlags: {
    ...configFlag,
    'secret-file': secretFlags['secret-file'],
    off: { type: 'boolean', summary: 'Do not use it yet.' },
  },
  async more(args, io) {
    if (args.text('type') === undefined)
      throw new UsageError('Of which type is it?', `Say it with --type: ${type.summary}`)
    const file = args.text('config-file')
    if (file === undefined)
      throw new UsageError(
        'Where is it, and how is it reached?',
        'Give that as a JSON object with --config-file FILE; `alkhub schema clients.create` shows how.',
      )
    if (file === '-' && args.text('secret-file') === '-')
      throw new UsageError('Standard input is one thing only.', 'Read one of both from a file.')
    const secret = await changedSecret(args.positionals[0] ?? 'it', args, io)
    return {
      config: await readJsonObject(io, 'config-file', file),
      ...(secret !== undefined && { secret }),
      ...(args.flag('off') && { enabled: false }),
    }
  },
  say: (made) => `Added ${made.name}.`,
})

export const update = actCover<Client>({
  operationId: 'clients.update',
  usage: 'NAME [options]',
  summary:
    'Changes what is given; a new secret is used within a second. For who added it, and owner and admins of its organization.',
  positionals: [client],
  moreFlags: { ...configFlag, ...secretFlags, ...switches },
  more: changes,
  say: show,
})

export const remove = actCover<ClientsDeleteOutput>({
  operationId: 'clients.delete',
  usage: 'NAME [options]',
  summary: 'Removes an outside service and its secret.',
  positionals: [client],
  say: ({ name }) => `Removed ${name}.`,
})
