import type { Project } from '@alkdev/contracts'
import type { TaskItem } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import { taskCommands } from '@alkdev/taskgraph/commands'
import { UsageError } from '../../failure.ts'
import type { Command, Io, Parsed } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { listAll, moreLine, pageFlags } from '../../hub/pages.ts'
import { columns, print, table } from '../../hub/print.ts'
import { filterFlags, filterOf } from './filter-flags.ts'
import { offline } from './offline.ts'
import { asStarted } from '../../started-as.ts'

const ofFiles = offline({
  summary: '',
  run: ({ tasks }, args) => taskCommands.list(tasks, filterOf(args)),
})

export const list: Command = {
  usage: '[FOLDER] [options]',
  summary:
    'Lists the tasks of the files below FOLDER (default: tasks), or with --synced those that the hub holds.',
  flags: {
    synced: { type: 'boolean', summary: 'What the hub holds, with --status and --tag as filters.' },
    project: {
      type: 'string',
      value: 'SLUG',
      summary: 'With --synced: the project (default: default, else the only one that there is).',
    },
    ...filterFlags,
    ...hubFlags,
    limit: { ...pageFlags.limit, summary: `With --synced: ${pageFlags.limit.summary}` },
    cursor: { ...pageFlags.cursor, summary: `With --synced: ${pageFlags.cursor.summary}` },
  },
  maxPositionals: 1,
  run: (args, io) => (args.flag('synced') ? listSynced(args, io) : ofFiles.run(args, io)),
}

const hubFilters = ['status', 'tag'] as const

async function listSynced(args: Parsed, io: Io): Promise<number> {
  const filter = filterOf(args)
  const unfit = Object.keys(filter).find((name) => !hubFilters.some((one) => one === name))
  if (unfit !== undefined || args.positionals.length > 0)
    throw new UsageError(
      `--synced does not go with ${unfit === undefined ? 'a folder' : `--${unfit}`}.`,
      'Leave one of them out.',
    )
  const project = args.text('project')
  const hub = await HubClient.from(args, io)
  const input = { ...filter, ...compact({ project }) }
  const first = await listAll<TaskItem>(hub, 'tasks.list', input, args)
  const elsewhere =
    project === undefined && first.items.length === 0 ? await otherProjects(hub) : []
  const [only] = elsewhere
  const other = only !== undefined && elsewhere.length === 1 ? only : undefined
  const found =
    other === undefined
      ? first
      : await listAll<TaskItem>(hub, 'tasks.list', { ...filter, project: other }, args)
  print(io, args.flag('json'), found, () => {
    if (found.items.length === 0) return asStarted(noTasks(project, filter, elsewhere), io)
    const rows = found.items.map((task) => [
      task.slug,
      task.status,
      task.priority ?? '-',
      task.scope ?? '-',
      task.risk ?? '-',
      task.dependsOn.length,
      task.name,
    ])
    const headings = ['id', 'status', 'priority', 'scope', 'risk', 'waits for', 'name']
    const head = other === undefined ? '' : `Project ${other}:\n\n`
    return (
      head + table(headings, rows, columns(io)) + moreLine(found, args, compact({ project: other }))
    )
  })
  return 0
}

/** Slugs of the projects other than `default` that the caller may see. */
async function otherProjects(hub: HubClient): Promise<readonly string[]> {
  const { items } = await hub.call<{ items: readonly Project[] }>('projects.list', { limit: 50 })
  // Several accounts and organizations may have a project of the same slug.
  return [...new Set(items.map(({ slug }) => slug))].filter((slug) => slug !== DEFAULT_PROJECT)
}

function noTasks(
  project: string | undefined,
  filter: object,
  elsewhere: readonly string[],
): string {
  const what = Object.keys(filter).length === 0 ? 'no tasks' : 'no such tasks'
  const where = `Project ${project ?? DEFAULT_PROJECT} has ${what}.`
  return elsewhere.length > 0
    ? `${where} Name another with --project: ${elsewhere.join(', ')}.`
    : `${where} Put some there with \`alkhub tasks sync FOLDER\`.`
}

const DEFAULT_PROJECT = 'default'
