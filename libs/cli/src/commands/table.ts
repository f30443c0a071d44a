import type { Command, CommandGroup } from '../command.ts'

/** The sections of the overview, in order. */
export const groups = {
  stack: 'The stack on this machine',
  calls: 'Operations and calls',
  later: 'Work that the hub does later',
  models: 'Agents and models',
  spokes: 'Spokes, outside services and clients',
  projects: 'Projects and tasks',
  rights: 'Accounts and rights',
  operator: 'Administration',
} as const

/** One line of the overview, and the loader of the command, which is loaded only when it is used. */
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
  down: entry('stack', 'Stop the hub', async () => (await import('./down.ts')).down),
  console: entry(
    'stack',
    'Open the console in the browser',
    async () => (await import('./console.ts')).console,
  ),
  status: entry(
    'stack',
    'What runs and whether it is ready',
    async () => (await import('./status.ts')).status,
  ),
  logs: entry(
    'stack',
    'Log lines of all processes, by time',
    async () => (await import('./logs.ts')).logs,
  ),
  service: entry(
    'stack',
    'The stack as a service of systemd: install, uninstall, status',
    async () => (await import('./service.ts')).service,
  ),
  doctor: entry(
    'stack',
    'Diagnose problems and suggest fixes',
    async () => (await import('./doctor.ts')).doctor,
  ),
  'scripted-model': entry(
    'stack',
    'Serve models that act out scripts',
    async () => (await import('./scripted-model.ts')).scriptedModel,
  ),
  ops: entry('calls', 'List or search the operations', async () => (await import('./ops.ts')).ops),
  schema: entry('calls', 'Show one operation', async () => (await import('./schema.ts')).schema),
  call: entry('calls', 'Call an operation', async () => (await import('./call.ts')).call),
  top: entry(
    'calls',
    'What is called now: rates, durations, errors',
    async () => (await import('./top.ts')).top,
  ),
  queue: entry(
    'later',
    'Queued calls: list, get, dead, repeat',
    async () => (await import('./queue.ts')).queue,
  ),
  schedules: entry(
    'later',
    'Calls at a time: list, create, firings, run, pause, ...',
    async () => (await import('./schedules.ts')).schedules,
  ),
  webhooks: entry(
    'later',
    'Reports of ended calls: create, list, test, deliveries, ...',
    async () => (await import('./webhooks.ts')).webhooks,
  ),
  sessions: entry(
    'models',
    'Agent sessions: create, list, attach, prompt, watch, ...',
    async () => (await import('./sessions.ts')).sessions,
  ),
  coord: entry(
    'models',
    'Trees of sessions: spawn, status, message, await, abort',
    async () => (await import('./coord.ts')).coord,
  ),
  approvals: entry(
    'later',
    'Questions that wait for an answer: list, get, answer',
    async () => (await import('./approvals.ts')).approvals,
  ),
  inbox: entry(
    'later',
    'What waits for you: approvals, findings, dead letters',
    async () => (await import('./inbox.ts')).inbox,
  ),
  chat: entry(
    'models',
    'Ask a model, and see what it costs',
    async () => (await import('./chat.ts')).chat,
  ),
  usage: entry(
    'models',
    'What models used and cost',
    async () => (await import('./usage.ts')).usage,
  ),
  budgets: entry(
    'models',
    'Limits on models: list, get, set, remove',
    async () => (await import('./budgets.ts')).budgets,
  ),
  workflows: entry(
    'later',
    'Workflows: create, run, get, watch, signal, retry, ...',
    async () => (await import('./workflows.ts')).workflows,
  ),
  spoke: entry(
    'spokes',
    'Attach a folder of this machine',
    async () => (await import('./spoke.ts')).spoke,
  ),
  spokes: entry(
    'spokes',
    'What is attached: list, get, disconnect, delete',
    async () => (await import('./spokes.ts')).spokes,
  ),
  types: entry(
    'spokes',
    'TypeScript types of the operations',
    async () => (await import('./types.ts')).types,
  ),
  pack: entry(
    'spokes',
    'Write the libraries as tarballs for npm',
    async () => (await import('./pack.ts')).pack,
  ),
  keys: entry(
    'rights',
    'API keys: create, list, rotate, revoke',
    async () => (await import('./keys.ts')).keys,
  ),
  providers: entry(
    'models',
    'Providers of models: add, list, update, remove',
    async () => (await import('./providers.ts')).providers,
  ),
  clients: entry(
    'spokes',
    'Outside services: add, list, test, refresh, delete, ...',
    async () => (await import('./clients.ts')).clients,
  ),
  context: entry(
    'calls',
    'Hubs by name: add, use, list, remove',
    async () => (await import('./context.ts')).context,
  ),
  repl: entry('calls', 'A prompt for calls', async () => (await import('./repl.ts')).repl),
  openapi: entry(
    'spokes',
    'The OpenAPI document of the operations',
    async () => (await import('./openapi.ts')).openapi,
  ),
  completion: entry(
    'operator',
    'Completion for bash, zsh or fish',
    async () => (await import('./completion.ts')).completion,
  ),
  accounts: entry(
    'rights',
    'Accounts: list, get, create, suspend, activate, ...',
    async () => (await import('./accounts.ts')).accounts,
  ),
  orgs: entry(
    'rights',
    'Organizations: list, create, members, transfer, ...',
    async () => (await import('./orgs.ts')).orgs,
  ),
  projects: entry(
    'projects',
    'Projects: list, get, create, update, delete',
    async () => (await import('./projects.ts')).projects,
  ),
  workspaces: entry(
    'projects',
    'Workspaces: list, create, archive, delete',
    async () => (await import('./workspaces.ts')).workspaces,
  ),
  roles: entry(
    'rights',
    'Roles: list, get, create, update, delete',
    async () => (await import('./roles.ts')).roles,
  ),
  limits: entry(
    'rights',
    'How many requests are left: get, set',
    async () => (await import('./limits.ts')).limits,
  ),
  calls: entry(
    'calls',
    'Calls and their outcome: list, get, tree, tail, stats ...',
    async () => (await import('./calls.ts')).calls,
  ),
  audit: entry('rights', 'Who did what: list', async () => (await import('./audit.ts')).audit),
  tasks: entry(
    'projects',
    'Task files: sync, list, next, graph, cost, ...',
    async () => (await import('./tasks.ts')).tasks,
  ),
  mcp: entry(
    'models',
    'The hub as an MCP server on stdio',
    async () => (await import('./mcp.ts')).mcp,
  ),
  acp: entry(
    'models',
    'The sessions of the hub for an editor with ACP, on stdio',
    async () => (await import('./acp.ts')).acp,
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
  backup: entry(
    'operator',
    'Write database and secrets to one file',
    async () => (await import('./backup.ts')).backup,
  ),
  restore: entry(
    'operator',
    'Make the stack of a backup',
    async () => (await import('./restore.ts')).restore,
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
