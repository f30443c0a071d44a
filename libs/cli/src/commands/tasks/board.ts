import type { TaskItem, TasksNextOutput } from '@alkdev/contracts/agents'
import { compact, sleep } from '@alkdev/std'
import type { Command, Io } from '../../command.ts'
import { HubProblemError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { PASSING_ERRORS } from '../../hub/passing-errors.ts'
import { print } from '../../hub/print.ts'
import { terminalScreen } from '../../hub/screen.ts'
import { boardChanges, boardLines } from './board-text.ts'
import { say } from '../../say.ts'

const EVERY_MS = 2000
const PAGE = 200

/** The tasks of a project at one moment. */
export interface Board {
  readonly tasks: readonly TaskItem[]
  readonly next: TasksNextOutput
}

export const board: Command = {
  usage: '[options]',
  summary:
    'Shows the tasks of a project in the hub until Ctrl-C: who works on what, what is ready, what waits. Without a terminal: a line for each task that changed, every two seconds, until all tasks are completed.',
  flags: {
    ...hubFlags,
    project: { type: 'string', value: 'SLUG', summary: 'The project (default: default).' },
    once: { type: 'boolean', summary: 'Print the board once, for scripts.' },
  },
  maxPositionals: 0,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const project = args.text('project')
    const read = () => readBoard(hub, project)
    const json = args.flag('json')
    if (args.flag('once')) {
      const now = await read()
      print(io, json, now, () => boardLines(now).join('\n'))
      return 0
    }
    return !json && io.stdout.isTTY ? watch(io, read) : follow(io, read, json)
  },
}

async function readBoard(hub: HubClient, project: string | undefined): Promise<Board> {
  const input = compact({ project })
  const tasks: TaskItem[] = []
  let cursor: string | undefined
  do {
    const page: { items: TaskItem[]; nextCursor?: string } =
      // oxlint-disable-next-line no-await-in-loop -- page by page
      await hub.call('tasks.list', { ...input, limit: PAGE, ...compact({ cursor }) })
    tasks.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return { tasks, next: await hub.call<TasksNextOutput>('tasks.next', input) }
}

/** The board on the screen of a terminal, read again every two seconds. */
async function watch(io: Io, read: () => Promise<Board>): Promise<number> {
  const screen = terminalScreen(io)
  try {
    while (!io.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one screen after the other
      const now = await passing(read)
      screen.show(typeof now === 'string' ? [now] : boardLines(now, screen.size))
      // oxlint-disable-next-line no-await-in-loop
      await sleep(EVERY_MS, io.signal)
    }
  } catch (error) {
    if (!io.signal.aborted) throw error
  } finally {
    screen.end()
  }
  return 0
}

/** One line for each change, the tasks that are there first. Ends when all tasks are completed. */
async function follow(io: Io, read: () => Promise<Board>, json: boolean): Promise<number> {
  let before: readonly TaskItem[] = []
  try {
    while (!io.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      const now = await passing(read)
      if (typeof now === 'string') say(io.stderr, `alkhub: ${now}`)
      else {
        for (const { line, task } of boardChanges(before, now.tasks))
          print(io, json, task, () => line)
        before = now.tasks
        if (now.tasks.every(({ status }) => status === 'completed')) return 0
      }
      // oxlint-disable-next-line no-await-in-loop
      await sleep(EVERY_MS, io.signal)
    }
  } catch (error) {
    if (!io.signal.aborted) throw error
  }
  return 0
}

/** The board, or the sentence of an error that may pass, such as a hub that restarts. */
async function passing(read: () => Promise<Board>): Promise<Board | string> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof HubProblemError && PASSING_ERRORS.has(error.code)) return error.message
    throw error
  }
}
