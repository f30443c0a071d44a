import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { Command, Io } from '../../command.ts'
import { positional } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { terminalScreen } from '../../hub/screen.ts'
import { choosePlace } from '../../plan-run/choose-place.ts'
import { boardLines, changedTasks, changeLine, summaryLine } from '../../plan-run/plan-text.ts'
import type { PlanTask } from '../../plan-run/plan-state.ts'
import { branchName, runPlan } from '../../plan-run/run-plan.ts'
import type { PlanRunEnd } from '../../plan-run/run-plan.ts'
import { readTaskFolder } from '../tasks/task-folder.ts'
import { syncFolder } from '../tasks/sync.ts'
import { say, sayJson } from '../../say.ts'
import { asStarted, startedAs } from '../../started-as.ts'

const DEFAULT_MAX = 4
const MOST = 64

export const run: Command = {
  usage: 'FOLDER [options]',
  summary:
    'Works on the task files below FOLDER until all are done: each task that can be begun goes to a new session with a worktree of its own, and what passes its checks is merged into one branch. Shows a board on a terminal, else a line for each change. Ctrl-C ends the run and not the sessions; the same command goes on where it was.',
  flags: {
    ...hubFlags,
    max: {
      type: 'string',
      value: 'N',
      summary: `Sessions that work at a time (default ${DEFAULT_MAX}).`,
    },
    model: { type: 'string', value: 'MODEL', summary: '`provider/model` or an alias.' },
    role: { type: 'string', value: 'ROLE', summary: '`alkhub roles list` shows them.' },
    into: {
      type: 'string',
      value: 'BRANCH',
      summary:
        'The branch that gets the work (default: plan/FOLDER). Made from HEAD when there is none; otherwise one that no folder has checked out, so not the branch that you are on.',
    },
    spoke: {
      type: 'string',
      value: 'SPOKE',
      multiple: true,
      summary:
        'Where the worktrees are made; may be given several times for spokes of one repository (default: the dev spoke that is attached).',
    },
    project: { type: 'string', value: 'SLUG', summary: 'The project (default: default).' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const name = positional(
      args,
      0,
      'Which folder has the task files?',
      'Name it: `alkhub coord run tasks`.',
    )
    const max = args.number('max') ?? DEFAULT_MAX
    if (max < 1 || max > MOST)
      throw new UsageError(`--max takes 1 to ${MOST}, not ${max}.`, 'Choose another number.')
    const folder = await readTaskFolder(io, name)
    const hub = await HubClient.from(args, io)
    const project = args.text('project')
    await syncFolder(hub, folder, compact({ project }))
    const target = args.text('into') ?? branchName(basename(folder.folder))
    const spokes = await choosePlace(hub, args.texts('spoke'), target)
    const texts = new Map(
      await Promise.all(
        folder.files.map(
          async ({ path, task }) =>
            [task.id, bodyOf(await readFile(join(folder.folder, path), 'utf8'))] as const,
        ),
      ),
    )
    const options = {
      ...{ project, target, spokes, texts, max, signal: io.signal },
      ...{ model: args.text('model'), role: args.text('role') },
    }
    const shown = args.flag('json') ? jsonView(io) : io.stdout.isTTY ? boardView(io) : lineView(io)
    try {
      const end = await runPlan(hub, { ...options, ...shown })
      shown.close()
      return tell(io, end, target, args.flag('json'))
    } finally {
      shown.close()
    }
  },
}

/** The text of a task file below its front matter. */
function bodyOf(content: string): string {
  return content.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, '')
}

interface View {
  onLook(tasks: readonly PlanTask[]): void
  onNote(text: string): void
  close(): void
}

function boardView(io: Io): View {
  const screen = terminalScreen(io)
  let note = ''
  let isOpen = true
  return {
    onLook: (tasks) =>
      screen.show([
        ...boardLines(tasks, Date.now(), screen.size),
        ...(note === '' ? [] : ['', note]),
      ]),
    onNote: (text) => (note = asStarted(text, io)),
    close() {
      if (isOpen) screen.end()
      isOpen = false
    },
  }
}

function lineView({ stdout, stderr, env }: Io): View {
  let before: readonly PlanTask[] = []
  let said = ''
  return {
    onLook(tasks) {
      for (const task of changedTasks(before, tasks)) say(stdout, changeLine(task))
      before = tasks
    },
    onNote(text) {
      if (text !== said) say(stderr, `alkhub: ${asStarted(text, { env })}`)
      said = text
    },
    close: () => undefined,
  }
}

/** One JSON value per line: a task that changed, and at the end what became of the run. */
function jsonView({ stdout, stderr, env }: Io): View {
  let before: readonly PlanTask[] = []
  let said = ''
  return {
    onLook(tasks) {
      for (const task of changedTasks(before, tasks)) sayJson(stdout, jsonOf(task))
      before = tasks
    },
    onNote(text) {
      if (text !== said) say(stderr, `alkhub: ${asStarted(text, { env })}`)
      said = text
    },
    close: () => undefined,
  }
}

function jsonOf({ slug, wave, state, note, session, merge }: PlanTask) {
  return {
    ...{ task: slug, wave, state },
    ...compact({
      note: note === '' ? undefined : note,
      sessionId: session?.sessionId,
      cost: session?.spend.cost,
      mergeId: merge?.mergeId,
      commit: merge?.newHead,
    }),
  }
}

function tell({ stdout, env }: Io, end: PlanRunEnd, target: string, json: boolean): number {
  const stuck = end.tasks.filter(({ state }) => state === 'stuck')
  if (json) sayJson(stdout, { end: end.kind, target, stuck: stuck.map(jsonOf) })
  else if (end.kind === 'done')
    say(stdout, `${summaryLine(end.tasks)}. The work is in the branch ${target}.`)
  else if (end.kind === 'stopped')
    say(
      stdout,
      `Stopped: ${summaryLine(end.tasks)}. The sessions go on; the same command continues, and \`${startedAs({ env })} coord abort ${end.leadId}\` ends them.`,
    )
  if (end.kind === 'done') return 0
  if (end.kind === 'stopped') return 130
  const lines = stuck.map((task) => `\n  ${changeLine(task)}`)
  throw new OperatorError(
    `No task can be begun any more; ${summaryLine(end.tasks)}.${lines.join('')}`,
    'Correct what the notes say, `alkhub tasks reopen TASK --reason TEXT` what failed, and run it again.',
  )
}
