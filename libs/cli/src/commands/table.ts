import type { Command, CommandGroup } from '../command.ts'

/** The parts of the overview, in their order. */
export const groups = {
  stack: 'The stack on this machine',
  hub: 'Working with a hub',
  operator: 'Administration',
} as const

/** One line of the overview, and where the command lies: loaded only when it is asked for. */
export interface CommandEntry {
  readonly group: keyof typeof groups
  readonly summary: string
  readonly load: () => Promise<Command | CommandGroup>
}

const entry = (
  group: CommandEntry['group'],
  summary: string,
  load: CommandEntry['load'],
): CommandEntry => ({ group, summary, load })

/** Every command of `alkhub`, in the order of the overview. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  up: entry(
    'stack',
    'Start the whole hub on this machine',
    async () => (await import('./up.ts')).up,
  ),
  down: entry('stack', 'Stop it', async () => (await import('./down.ts')).down),
  status: entry(
    'stack',
    'What runs and whether it is ready',
    async () => (await import('./status.ts')).status,
  ),
  logs: entry('stack', 'Log lines of the services', async () => (await import('./logs.ts')).logs),
  doctor: entry(
    'stack',
    'What is wrong here, and its fix',
    async () => (await import('./doctor.ts')).doctor,
  ),
  ops: entry('hub', 'List or search the operations', async () => (await import('./ops.ts')).ops),
  schema: entry('hub', 'Show one operation', async () => (await import('./schema.ts')).schema),
  call: entry('hub', 'Call one', async () => (await import('./call.ts')).call),
  queue: entry(
    'hub',
    'Queued calls: list, get, dead, repeat',
    async () => (await import('./queue.ts')).queue,
  ),
  spoke: entry(
    'hub',
    'Attach a folder of this machine',
    async () => (await import('./spoke.ts')).spoke,
  ),
  spokes: entry(
    'hub',
    'What is attached: list, get, disconnect, delete',
    async () => (await import('./spokes.ts')).spokes,
  ),
  types: entry(
    'hub',
    'TypeScript types of the operations',
    async () => (await import('./types.ts')).types,
  ),
  pack: entry(
    'hub',
    'Write the libraries as tarballs for npm',
    async () => (await import('./pack.ts')).pack,
  ),
  keys: entry(
    'hub',
    'API keys: create, list, rotate, revoke',
    async () => (await import('./keys.ts')).keys,
  ),
  providers: entry(
    'hub',
    'Providers of models: add, list, update, remove',
    async () => (await import('./providers.ts')).providers,
  ),
  clients: entry(
    'hub',
    'Outside services: list, get, create, update, delete',
    async () => (await import('./clients.ts')).clients,
  ),
  context: entry(
    'hub',
    'Hubs by name: add, use, list, remove',
    async () => (await import('./context.ts')).context,
  ),
  repl: entry('hub', 'A prompt for calls', async () => (await import('./repl.ts')).repl),
  openapi: entry(
    'hub',
    'The OpenAPI document of the operations',
    async () => (await import('./openapi.ts')).openapi,
  ),
  completion: entry(
    'operator',
    'Completion for bash, zsh or fish',
    async () => (await import('./completion.ts')).completion,
  ),
  accounts: entry(
    'hub',
    'Accounts: list, get, create, suspend, activate, ...',
    async () => (await import('./accounts.ts')).accounts,
  ),
  orgs: entry(
    'hub',
    'Organizations: list, create, members, transfer, ...',
    async () => (await import('./orgs.ts')).orgs,
  ),
  projects: entry(
    'hub',
    'Projects: list, get, create, update, delete',
    async () => (await import('./projects.ts')).projects,
  ),
  workspaces: entry(
    'hub',
    'Workspaces: list, create, archive, delete',
    async () => (await import('./workspaces.ts')).workspaces,
  ),
  roles: entry(
    'hub',
    'Roles: list, get, create, update, delete',
    async () => (await import('./roles.ts')).roles,
  ),
  limits: entry(
    'hub',
    'How many requests are left: get, set',
    async () => (await import('./limits.ts')).limits,
  ),
  calls: entry(
    'hub',
    'Calls and their outcome: list, get, tree, tail, repeat, abort',
    async () => (await import('./calls.ts')).calls,
  ),
  audit: entry('hub', 'Who did what: list', async () => (await import('./audit.ts')).audit),
  tasks: entry(
    'hub',
    'Task files: sync, list, next, graph, cost, ...',
    async () => (await import('./tasks.ts')).tasks,
  ),
  mcp: entry(
    'hub',
    'The hub as an MCP server on stdio',
    async () => (await import('./mcp.ts')).mcp,
  ),
  config: entry(
    'operator',
    'Config files: init, get, set, encrypt, rotate-master',
    async () => (await import('./config.ts')).config,
  ),
  migrate: entry(
    'operator',
    'Bring the database to the schema of this version',
    async () => (await import('./migrate.ts')).migrate,
  ),
  'rotate-keys': entry(
    'operator',
    'Replace the key that seals secrets in the database',
    async () => (await import('./rotate-keys.ts')).rotateKeys,
  ),
  test: entry(
    'stack',
    'Run every test of the project',
    async () => (await import('./test.ts')).test,
  ),
}
