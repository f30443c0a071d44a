import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskFile, TasksSyncInput, TasksSyncOutput } from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import { formatProblem } from '@alkdev/taskgraph'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { readTaskFolder } from './task-folder.ts'
import type { TaskFolder } from './task-folder.ts'

/** Maximum tasks of one call of `tasks.sync`. */
const maxFiles = 2000
const shownProblems = 20

export const sync: Command = {
  usage: '[FOLDER] [options]',
  summary:
    'Puts the task files below FOLDER (default: tasks) and their dependencies into the hub, all of them or none.\nStatus and times of tasks that are there already stay as they are.',
  flags: {
    ...hubFlags,
    project: {
      type: 'string',
      value: 'SLUG',
      summary: 'The project of your account, made on first use (default: default).',
    },
    'import-status': {
      type: 'boolean',
      summary: 'Give tasks the status of their file that never had one in the hub.',
    },
    prune: { type: 'boolean', summary: 'Remove tasks of the project that have no file any more.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const folder = await readTaskFolder(io, args.positionals[0])
    refuseBadFiles(folder)
    const project = args.text('project')
    const hub = await HubClient.from(args, io)
    const done = await syncFolder(hub, folder, {
      ...compact({ project }),
      ...(args.flag('prune') && { prune: true }),
      ...(args.flag('import-status') && { importStatus: true }),
    })
    print(io, args.flag('json'), done, () => {
      const changes = (['created', 'updated', 'unchanged', 'removed'] as const)
        .filter((what) => done[what] > 0)
        .map((what) => `${done[what]} ${what}`)
      const text = changes.length === 0 ? 'nothing there' : changes.join(', ')
      const edges = done.dependencies === 1 ? '1 dependency' : `${done.dependencies} dependencies`
      const kept =
        done.kept === undefined || done.kept.length === 0
          ? ''
          : ` Kept because they are claimed: ${done.kept.join(', ')}.`
      return `Project ${done.project}: ${text}; ${edges}.${kept}`
    })
    return 0
  },
}

/** Puts the tasks of a folder into the hub. Throws OperatorError for files with errors. */
export async function syncFolder(
  hub: HubClient,
  folder: TaskFolder,
  options: Omit<TasksSyncInput, 'files'>,
): Promise<TasksSyncOutput> {
  refuseBadFiles(folder)
  return hub.call<TasksSyncOutput>('tasks.sync', { ...options, files: await contentsOf(folder) })
}

/** A problem of a file or between files: the hub would refuse them all. */
function refuseBadFiles({ folder, files, problems: all }: TaskFolder): void {
  const problems = all.filter(({ severity }) => severity === 'error')
  if (problems.length > 0) {
    const lines = problems.slice(0, shownProblems).map((one) => `\n  ${formatProblem(one)}`)
    const more =
      problems.length > shownProblems ? `\n  and ${problems.length - shownProblems} more` : ''
    throw new OperatorError(
      `Nothing was sent: the task files have errors.${lines.join('')}${more}\n`,
      'Correct them; `alkhub tasks validate` shows what is left.',
    )
  }
  if (files.length === 0)
    throw new OperatorError(
      `There is no task file below ${folder}.`,
      'Name the folder with the task files, or write one with `alkhub tasks init ID`.',
    )
  if (files.length > maxFiles)
    throw new OperatorError(
      `There are ${files.length} task files; one sync takes ${maxFiles}.`,
      'Sync sub-folders into projects of their own with --project.',
    )
}

function contentsOf({ folder, files }: TaskFolder): Promise<TaskFile[]> {
  return Promise.all(
    files.map(async ({ path }) => ({ path, content: await readFile(join(folder, path), 'utf8') })),
  )
}
