import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { ExportedTask } from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import { updateFrontmatter } from '@alkdev/taskgraph'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { readTaskFolder } from './task-folder.ts'

const PAGE = 50

export const exportTasks: Command = {
  usage: '[FOLDER] [options]',
  summary:
    'Writes the status of the tasks in the hub into the files below FOLDER (default: tasks). Nothing else in a file changes; a task without a file gets one.',
  flags: {
    ...hubFlags,
    project: { type: 'string', value: 'SLUG', summary: 'The project (default: default).' },
    'dry-run': { type: 'boolean', summary: 'Write nothing; say what would change.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const { folder, files } = await readTaskFolder(io, args.positionals[0], { mayBeMissing: true })
    const paths = new Map(files.map(({ path, task }) => [task.id, path]))
    const hub = await HubClient.from(args, io)
    const isDry = args.flag('dry-run')
    const written: string[] = []
    const made: string[] = []
    let cursor: string | undefined
    do {
      const page: { items: ExportedTask[]; nextCursor?: string } =
        // oxlint-disable-next-line no-await-in-loop -- page by page
        await hub.call('tasks.export', {
          limit: PAGE,
          ...compact({ project: args.text('project'), cursor }),
        })
      for (const task of page.items) {
        const known = paths.get(task.slug)
        // oxlint-disable-next-line no-await-in-loop -- one file after the other
        if (known === undefined) made.push(await make(folder, task, isDry))
        // oxlint-disable-next-line no-await-in-loop
        else if (await update(join(folder, known), task, isDry)) written.push(known)
      }
      cursor = page.nextCursor
    } while (cursor !== undefined)
    print(io, args.flag('json'), { changed: written, created: made }, () => {
      const would = isDry ? 'would be ' : ''
      return `${written.length} changed, ${made.length} created${isDry ? ' (nothing was written)' : ''}.${[...written, ...made].map((path) => `\n  ${path} ${would}written`).join('')}`
    })
    return 0
  },
}

/** True when the status of the file was another. */
async function update(path: string, { status }: ExportedTask, isDry: boolean): Promise<boolean> {
  const before = await readFile(path, 'utf8')
  const after = updateFrontmatter(before, { status })
  if (after === before) return false
  if (!isDry) await writeFile(path, after)
  return true
}

/** A new file for a task, below the folder and never over a file that is there. */
async function make(
  folder: string,
  { path, content, slug }: ExportedTask,
  isDry: boolean,
): Promise<string> {
  const target = resolve(folder, path)
  const below = relative(folder, target)
  if (below === '' || below.startsWith('..') || below.split(sep).some((part) => part === '..'))
    throw new OperatorError(
      `Task ${slug} has the path ${path}, which is not below ${folder}.`,
      'Sync the task from a file again.',
    )
  if (isDry) return below
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, content, { flag: 'wx' }).catch((cause: unknown) => {
    throw new OperatorError(
      `${target} can't be written.`,
      'Remove the file of that name if it is no task, and check that the folder may be written.',
      { cause },
    )
  })
  return below
}
