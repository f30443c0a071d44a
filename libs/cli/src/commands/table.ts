import type { Command } from '../command.ts'

/** One line of the overview, and where the command lies: loaded only when it is asked for. */
export interface CommandEntry {
  readonly group: 'stack' | 'hub' | 'operator'
  readonly summary: string
  readonly load: () => Promise<Command>
}

const entry = (
  group: CommandEntry['group'],
  summary: string,
  load: () => Promise<Command>,
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
    'What runs, and how it feels',
    async () => (await import('./status.ts')).status,
  ),
  logs: entry('stack', 'What the services say', async () => (await import('./logs.ts')).logs),
  ops: entry('hub', 'List or search the operations', async () => (await import('./ops.ts')).ops),
  schema: entry('hub', 'Show one operation', async () => (await import('./schema.ts')).schema),
  call: entry('hub', 'Call one', async () => (await import('./call.ts')).call),
  spoke: entry(
    'hub',
    'Attach a folder of this machine',
    async () => (await import('./spoke.ts')).spoke,
  ),
  test: entry(
    'stack',
    'Run every test of the project',
    async () => (await import('./test.ts')).test,
  ),
}
