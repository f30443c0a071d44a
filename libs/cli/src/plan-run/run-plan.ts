import { createHash } from 'node:crypto'
import type { Spoke } from '@alkdev/contracts'
import type {
  CoordMergeOutput,
  CoordSession,
  CoordSpawnOutput,
  TaskItem,
} from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { compact, sleep } from '@alkdev/std'
import { HubProblemError } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { PASSING_ERRORS } from '../hub/passing-errors.ts'
import { leadId, leadSession, readPlan } from './plan-hub.ts'
import type { PlanPlace } from './plan-hub.ts'
import { planTasks } from './plan-state.ts'
import type { PlanTask } from './plan-state.ts'

const EVERY_MS = 1000
/** Messages to a session that ended its turn without finishing, before it is given up. */
const MAX_REMINDERS = 2
/** Milliseconds for which a session may be idle before it is reminded: a message may be on its way. */
const IDLE_MS = 3000
/** Why a merge is refused that is asked for again. */
const LATER: ReadonlySet<string> = new Set(['not-finished', 'in-queue', 'too-many'])

export interface PlanRunOptions extends PlanPlace {
  /** The text of each task, by slug. */
  readonly texts: ReadonlyMap<string, string>
  /** Sessions that work at a time. */
  readonly max: number
  readonly model: string | undefined
  readonly role: string | undefined
  readonly signal: AbortSignal
  /** What the plan has come to; also when nothing has changed. */
  readonly onLook: (tasks: readonly PlanTask[]) => void
  /** Something that a person should know. */
  readonly onNote: (text: string) => void
}

/** How a run ended. `stuck`: nothing works, and nothing can be begun. */
export type PlanRunEnd =
  | { readonly kind: 'done' | 'stuck'; readonly tasks: readonly PlanTask[] }
  | { readonly kind: 'stopped'; readonly tasks: readonly PlanTask[]; readonly leadId: string }

/**
 * Works on the tasks of a plan until all are in the target branch: gives each that can be begun to a new session in a worktree, and merges what was finished.
 * Everything is on the hub, so that another run goes on where this one was. `signal` ends the run; the sessions go on. Throws OperatorError when the project
 * has the workspaces of another repository.
 */
export async function runPlan(hub: HubClient, options: PlanRunOptions): Promise<PlanRunEnd> {
  const run = new PlanRun(hub, options)
  for (;;) {
    // oxlint-disable no-await-in-loop -- one look after the other
    try {
      const ended = await run.look()
      if (ended !== undefined) return { kind: ended, tasks: run.tasks }
    } catch (error) {
      if (options.signal.aborted) return run.stopped()
      const isPassing = error instanceof HubProblemError && PASSING_ERRORS.has(error.code)
      if (!isPassing) throw error
      options.onNote(error.detail)
    }
    await sleep(EVERY_MS, options.signal).catch(() => undefined)
    if (options.signal.aborted) return run.stopped()
    // oxlint-enable no-await-in-loop
  }
}

class PlanRun {
  tasks: readonly PlanTask[] = []
  readonly #hub: HubClient
  readonly #options: PlanRunOptions
  readonly #slugs: ReadonlySet<string>
  readonly #reminders = new Map<string, number>()
  /** Tasks that the hub refuses to spawn for, or whose branches it refuses to merge, with the reason. */
  readonly #refused = new Map<string, string>()
  #lead: string | undefined
  #earlier: readonly string[] = []
  #full = 0
  #spoke = 0

  constructor(hub: HubClient, options: PlanRunOptions) {
    this.#hub = hub
    this.#options = options
    this.#slugs = new Set(options.texts.keys())
  }

  stopped(): PlanRunEnd {
    return { kind: 'stopped', tasks: this.tasks, leadId: this.#lead ?? '' }
  }

  /** Looks once, and does what is to be done. */
  async look(): Promise<'done' | 'stuck' | undefined> {
    const { onLook, max } = this.#options
    if (this.#lead === undefined) await this.#findLead()
    const leads = [...this.#earlier, this.#lead ?? '']
    const snapshot = await readPlan(this.#hub, this.#options, leads, this.#slugs)
    this.tasks = planTasks(snapshot).map((task) => this.#withRefusal(task))
    onLook(this.tasks)
    if (this.tasks.every(({ state }) => state === 'done')) return 'done'
    const isMoving = await this.#act(max, snapshot.tasks)
    return isMoving ? undefined : 'stuck'
  }

  #withRefusal(task: PlanTask): PlanTask {
    const reason = this.#refused.get(task.slug)
    return reason === undefined || (task.state !== 'ready' && task.state !== 'to-merge')
      ? task
      : { ...task, state: 'stuck', note: reason }
  }

  async #act(max: number, items: readonly TaskItem[]): Promise<boolean> {
    const count = (state: PlanTask['state']) =>
      this.tasks.filter((task) => task.state === state).length
    let isMoving = count('merging') + count('elsewhere') > 0
    let working = 0
    for (const task of this.tasks) {
      // oxlint-disable no-await-in-loop -- in order
      if (task.state === 'working') {
        working++
        isMoving = true
        if (task.session !== undefined) await this.#remind(task, task.session)
      } else if (task.state === 'to-merge') {
        isMoving = true
        if (task.session !== undefined) await this.#merge(task.slug, task.session.sessionId)
      }
    }
    for (const task of this.tasks) {
      if (task.state !== 'ready') continue
      isMoving = true
      if (working >= max) break
      if (await this.#spawn(task, items)) working++
      // oxlint-enable no-await-in-loop
    }
    return isMoving
  }

  async #findLead(): Promise<void> {
    const { sessionId, earlier } = await leadSession(this.#hub, this.#options, this.#full)
    this.#lead = sessionId
    this.#earlier = earlier
  }

  async #merge(slug: string, sessionId: string): Promise<void> {
    const { target, onNote } = this.#options
    try {
      await this.#hub.call<CoordMergeOutput>('coord.merge', { sessionId, target, waitMs: 0 })
    } catch (error) {
      if (!(error instanceof HubProblemError) || error.code !== 'MERGE_REFUSED') throw error
      const { reason } = (error.details ?? {}) as { reason?: string }
      // It works again, its branch is in the queue already, or the queue is full: the next look shows it. The others stay until a person corrects them.
      if (LATER.has(reason ?? '')) onNote(`${slug}: ${error.detail}`)
      else this.#refused.set(slug, error.detail)
    }
  }

  /** False when it can't be begun now. */
  async #spawn({ slug, attempts, name }: PlanTask, items: readonly TaskItem[]): Promise<boolean> {
    const { model, role, target, texts, onNote } = this.#options
    const spoke = await this.#nextSpoke()
    const task = items.find((one) => one.slug === slug)
    const input = {
      parentSessionId: this.#lead,
      task: slug,
      title: name.slice(0, 200),
      key: `${slug}-${attempts}-${spoke}-${task?.claim?.token ?? 0}`,
      prompt: promptOf(slug, name, texts.get(slug) ?? ''),
      worktree: { spoke, base: target },
      ...compact({ model, role }),
    }
    try {
      await this.#hub.call<CoordSpawnOutput>('coord.spawn', input)
      return true
    } catch (error) {
      if (!(error instanceof HubProblemError) || error.code !== 'SPAWN_REFUSED') throw error
      const { reason } = (error.details ?? {}) as { reason?: string }
      if (reason === 'descendants' || reason === 'parent-ended') {
        this.#full = this.#earlier.length + 1
        this.#lead = undefined
      } else if (reason === 'respawn') this.#refused.set(slug, error.detail)
      else if (reason === 'repository') throw anotherRepository(error)
      // The others pass: a limit for a minute, a task that another one has just claimed.
      else onNote(`${slug}: ${error.detail}`)
      return false
    }
  }

  /** In turn, those that are attached; of none, the next one: the hub waits for it a while. */
  async #nextSpoke(): Promise<string | undefined> {
    const { spokes } = this.#options
    const at = this.#spoke++
    if (spokes.length === 1) return spokes[0]
    const inTurn = spokes.map((_, step) => spokes[(at + step) % spokes.length])
    for (const [step, name] of inTurn.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, mostly the first
      const spoke = await this.#hub.call<Spoke>('spokes.get', { name }).catch(ofNone)
      if (spoke?.status !== 'connected') continue
      this.#spoke += step
      return name
    }
    return inTurn[0]
  }

  /** A session whose turn is over, and that has not finished, gets a message; in the end it is ended, and its task is free again. */
  async #remind({ slug }: PlanTask, session: CoordSession): Promise<void> {
    const { status, stateSince, waitingMessages, sessionId, work, endReason } = session
    const idleMs = Date.now() - Date.parse(stateSince)
    if (status !== 'idle' || waitingMessages > 0 || idleMs < IDLE_MS) return
    if (endReason === 'user-stop') {
      this.#options.onNote(
        `${slug}: its session was stopped. \`alkhub coord message ${sessionId} TEXT\` lets it go on, \`alkhub coord abort ${sessionId}\` ends it.`,
      )
      return
    }
    if (await this.#hasAsked(sessionId)) return
    const count = this.#reminders.get(sessionId) ?? 0
    this.#reminders.set(sessionId, count + 1)
    if (count >= MAX_REMINDERS) {
      this.#options.onNote(`${slug}: its session ended its turns without finishing.`)
      await this.#hub.call('coord.abort', { sessionId, reason: 'It did not finish its task.' })
      return
    }
    const messageId = leadId([sessionId, stateSince])
    const text = `You have not finished the task ${slug}. Commit your work, and call coord.notify with {"kind": "finish", "text": "what you did"}. With the outcome "failed" when you can't do it.`
    if (work?.status !== 'active') return
    await this.#hub
      .call('coord.message', { sessionId, text, messageId })
      .catch((error: unknown) => {
        if (!(error instanceof HubProblemError) || error.code !== 'MESSAGE_REFUSED') throw error
      })
  }

  /** Whether the latest message between the session and the lead is a question. */
  async #hasAsked(sessionId: string): Promise<boolean> {
    const { items } = await this.#hub.call<{
      items: { senderSessionId?: string; createdAt: string; parts: unknown }[]
    }>('sessions.messages', { sessionId: this.#lead, limit: 50 })
    const asked = items.find((one) => one.senderSessionId === sessionId)
    if (asked === undefined || !JSON.stringify(asked.parts).includes(') asks]')) return false
    const { items: own } = await this.#hub.call<{
      items: { role: string; senderSessionId?: string; createdAt: string }[]
    }>('sessions.messages', { sessionId, limit: 50 })
    const answered = own.some(
      ({ role, createdAt }) =>
        role === 'user' && Date.parse(createdAt) > Date.parse(asked.createdAt),
    )
    if (!answered)
      this.#options.onNote(
        `A session asks: see \`alkhub sessions messages ${this.#lead}\`, and answer with \`alkhub coord message ${sessionId} TEXT\`.`,
      )
    return !answered
  }
}

/** A spoke that was deleted, or that the key may not look up. */
function ofNone(error: unknown): undefined {
  const codes = ['SPOKE_NOT_FOUND', 'ACCESS_DENIED']
  if (!(error instanceof HubProblemError) || !codes.includes(error.code)) throw error
  return undefined
}

/** No task of the project can be spawned on this spoke. */
function anotherRepository(cause: HubProblemError): OperatorError {
  return new OperatorError(
    cause.detail,
    'Give the plan a project of its own with --project SLUG, or name a spoke of the other repository with --spoke.',
    { cause },
  )
}

function promptOf(slug: string, name: string, text: string): string {
  return `You work on the task ${slug} of a plan: ${name}

${text.trim()}

You have a worktree of your own; every path is relative to it. Change only what the task needs. Commit with git.commit. When all is committed, call coord.notify with {"kind": "finish", "text": "what you did"}: the hub runs the checks of the task, and tells you what is missing. When there is something that only a person can decide, call it with {"kind": "ask"}. When the task can't be done, finish with the outcome "failed".`
}

/** A key of a target branch: letters, digits and hyphens. */
export function branchName(folder: string): string {
  const plain = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  const name = plain === '' ? createHash('sha256').update(folder).digest('hex').slice(0, 8) : plain
  return `plan/${name.slice(0, 60)}`
}
