import { isUnavailable } from '@alkdev/bus'
import type { SpokeAttachment } from '@alkdev/bus'
import { FINDING_KINDS } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'
import { compact } from '@alkdev/std'
import { inTransaction, raiseFinding, resolveFindings } from '@alkdev/storage'
import {
  findSpokesToLookAt,
  readSoundSessions,
  readWorktreeProblems,
  recordProcesses,
  recordWorktrees,
} from '@alkdev/storage/coordination'
import type { SeenWorktree, SpokeToLookAt, WorktreeProblem } from '@alkdev/storage/coordination'
import { spokeAttachment } from '../sessions/spoke-attachment.ts'
import { turnRights } from '../sessions/turn/turn-rights.ts'
import { saveReturned } from './save-returned.ts'

type Runtime = Pick<
  ServiceRuntime<'coordinator'>,
  'db' | 'bus' | 'authenticator' | 'logger' | 'config'
>

const PAGE = 100
const MAX_PAGES = 100
/** Spokes that one process looks at at the same time: one that does not answer delays few others. */
const AT_ONCE = 8
const PATIENCE_MS = 30_000
/** Problems that a session which works there should know of. */
const REPORTED: ReadonlySet<string> = new Set(['no-tree', 'branch'])

const WORDS: Readonly<Record<string, (problem: WorktreeProblem) => string>> = {
  'no-tree': ({ name }) => `The worktree ${name} is gone. Put it back, or archive its workspace.`,
  branch: ({ name, branch }) => `The worktree ${name} has not checked out ${branch}.`,
}

/**
 * Compares what the spokes have with what is stored: worktrees and processes. What belongs to nothing any more, and is clean, is
 * removed; nothing with changes is, and its branch stays. What a session misses is a finding. A spoke that is unavailable is left out.
 */
export async function reconcileSpokes(runtime: Runtime): Promise<void> {
  const { db, logger, config } = runtime
  // What another process has just looked at is left out.
  const olderMs = config.sessions.inventoryMs * 0.75
  let after: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    // oxlint-disable no-await-in-loop -- one page, and in it one spoke of each line, after the other
    const found = await findSpokesToLookAt(db, { olderMs, limit: PAGE, after })
    const waiting = found.values()
    const line = async (): Promise<void> => {
      for (const spoke of waiting)
        await lookAt(runtime, spoke).catch((error: unknown) =>
          logger.info({ err: error, spoke: spoke.spoke }, 'a spoke could not be looked at'),
        )
    }
    await Promise.all(Array.from({ length: AT_ONCE }, line))
    after = found.at(-1)?.spokeId
    if (found.length < PAGE) return
    // oxlint-enable no-await-in-loop
  }
}

async function lookAt(
  runtime: Runtime,
  { spokeId, spoke, sessionId, grantId }: SpokeToLookAt,
): Promise<void> {
  const { db, config } = runtime
  // A worktree may just be being made, or removed.
  const lastsMs = config.sessions.inventoryMs * 1.5
  const { granted } = await turnRights(runtime, sessionId, grantId)
  const call = caller(runtime, `dev.${spoke}`, granted)
  const found = await call<{ worktrees: (SeenWorktree & object)[]; truncated: boolean }>(
    'git.worktreeList',
    { details: true },
  )
  if (found === undefined) return
  const seen = found.worktrees.map(({ name, branch, head, locked, missing, ...more }) => ({
    ...{ name, branch, locked, missing },
    head: (more as { commit?: string | null }).commit ?? head ?? null,
    changed: more.changed ?? null,
    ahead: more.ahead ?? null,
    ports: rangeOf(more.ports),
    diskBytes: more.diskBytes ?? null,
  }))
  const isComplete = !found.truncated
  await inTransaction(db, (tx) => recordWorktrees(tx, spokeId, seen, { isComplete }))
  for (const problem of await readWorktreeProblems(db, spokeId, lastsMs)) {
    // oxlint-disable no-await-in-loop -- one after the other
    if (problem.problem === 'no-row' && problem.dirty === false)
      await call('git.worktreeRemove', { name: problem.name })
    else if (REPORTED.has(problem.problem)) await report(runtime, problem)
    // oxlint-enable no-await-in-loop
  }
  for (const id of await readSoundSessions(db, spokeId))
    // oxlint-disable-next-line no-await-in-loop -- as above
    await resolveFindings(db, { type: 'session', id }, 'worktree-problem')
  await endProcesses(runtime, spokeId, call)
  await saveReturned(runtime, spokeId, call)
}

/** A spoke that says something else of its ports says nothing: it is shown to others. */
function rangeOf(ports: SeenWorktree['ports']): SeenWorktree['ports'] {
  if (!Number.isInteger(ports?.first) || !Number.isInteger(ports?.last)) return undefined
  return ports && { first: ports.first, last: ports.last }
}

async function report({ db }: Runtime, problem: WorktreeProblem): Promise<void> {
  if (problem.sessionId === null) return
  await raiseFinding(db, {
    kind: 'worktree-problem',
    severity: 'medium',
    subject: { type: FINDING_KINDS['worktree-problem'], id: problem.sessionId },
    accountId: problem.accountId,
    summary: WORDS[problem.problem]?.(problem) ?? problem.problem,
    evidence: { worktree: problem.name, problem: problem.problem },
  })
}

/** What ended sessions left running. */
async function endProcesses({ db, config }: Runtime, spokeId: string, call: Call): Promise<void> {
  const endedMs = config.sessions.inventoryMs / 2
  const found = await call<{
    groups: {
      id: string
      session: string | null
      worktree: string | null
      command: string
      processes: unknown[]
    }[]
  }>('process.list', {})
  if (found === undefined) return
  const seen = found.groups.map(({ id, session, worktree, command, processes }) => ({
    ...{ processId: id, sessionId: session, worktree, command },
    processes: Math.max(1, processes.length),
  }))
  const ended = await inTransaction(db, (tx) => recordProcesses(tx, spokeId, seen, endedMs))
  for (const session of ended)
    // oxlint-disable-next-line no-await-in-loop -- a few
    await call('process.kill', { session })
}

type Call = <T>(name: string, input: object, idempotencyKey?: string) => Promise<T | undefined>

/**
 * Undefined when the spoke is unavailable, does not offer the operation, or refuses. An operation without a provider is not called: it would fail. All calls go to the
 * attachment of the first one: what one process has is not removed at another of the same name.
 */
function caller({ bus, logger }: Runtime, prefix: string, principal: Identity): Call {
  let attachment: SpokeAttachment | undefined
  return async <T>(
    name: string,
    input: object,
    idempotencyKey?: string,
  ): Promise<T | undefined> => {
    const operationId = `${prefix}.${name}`
    const entry = bus.directory.get(operationId, principal)
    if (entry === undefined || isUnavailable(entry)) return undefined
    attachment ??= spokeAttachment({ bus }, operationId, principal)
    try {
      const options = {
        ...{ principal, timeoutMs: PATIENCE_MS },
        ...compact({ attachment, idempotencyKey }),
      }
      const { envelope } = await bus.call(operationId, input, options)
      return envelope.data as T
    } catch (thrown) {
      const error = CallError.from(thrown)
      logger.info({ err: error, operationId }, 'a spoke was not compared with what is stored')
      return undefined
    }
  }
}
