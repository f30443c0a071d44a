import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'
import { compact } from '@alkdev/std'
import { latestCheckpoint } from '@alkdev/storage/coordination'
import type { LostPlace } from '@alkdev/storage/coordination'

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'logger'>

/** Milliseconds that a spoke has for one of these operations: the task waits for it. */
const PATIENCE_MS = 4000

/** What is known of the files of a session whose spoke is gone. */
export interface SavedFiles {
  readonly head?: string
  readonly savedRef?: string
  /** Equal trees have equal files. Absent when the worktree itself could not be read. */
  readonly savedTree?: string
}

/**
 * Saves the files of a worktree through another spoke of the same repository: as a checkpoint when that spoke serves the folder of the worktree; else the
 * latest checkpoint of the session is what there is until its own spoke returns. Undefined when none of the other spokes serves the repository; `others` without
 * those that were found not to.
 */
export async function saveLostFiles(
  runtime: Runtime,
  principal: Identity,
  place: LostPlace,
  { others, onAsked }: { readonly others: LostPlace['others']; readonly onAsked: OnAsked },
): Promise<SavedFiles | undefined> {
  let isServed = false
  let head = place.head ?? undefined
  // All at once: several that do not answer take as long as one.
  const asked = others.map((other) => {
    const call = caller(runtime, other, principal)
    return { other, call, repository: call<{ commonDirId: string }>('git.repository', {}) }
  })
  for (const { other, call, repository } of asked) {
    // oxlint-disable no-await-in-loop -- one spoke after the other, until one has the files
    const found = await repository
    const isHere = found?.commonDirId === place.commonDirId
    onAsked(other, found === undefined ? 'silent' : isHere ? 'here' : 'elsewhere')
    if (!isHere) continue
    isServed = true
    const saved = await saveThrough(call, place)
    if (saved !== undefined) return saved
    if (place.branch === null) continue
    const input = { from: place.branch, limit: 1 }
    const log = await call<{ commits: { commit: string }[] }>('git.log', input)
    head = log?.commits[0]?.commit ?? head
    // oxlint-enable no-await-in-loop
  }
  if (!isServed) return undefined
  return compact({ head, savedRef: await latestCheckpoint(runtime.db, place.sessionId) })
}

/** What a spoke said of the repository. `silent`: it did not answer, or may not be asked. */
type OnAsked = (other: LostPlace['others'][number], said: 'here' | 'elsewhere' | 'silent') => void

/** Undefined when the spoke does not serve the folder with the worktree. One of the same name with another branch is another one. */
async function saveThrough(
  call: Call,
  { sessionId, worktree, branch }: LostPlace,
): Promise<SavedFiles | undefined> {
  if (worktree === null) return undefined
  const listed = await call<{
    worktrees: { name: string; branch: string | null; missing: boolean }[]
  }>('git.worktreeList', {})
  const found = listed?.worktrees.find(({ name }) => name === worktree)
  if (found === undefined || found.missing || (branch !== null && found.branch !== branch))
    return undefined
  // Without a key: the answer of an earlier try would name the files as they were then. The second name: that try saved other files.
  for (const step of ['gone', `gone-${Date.now()}`]) {
    // oxlint-disable-next-line no-await-in-loop -- one or two
    const saved = await call<{ ref: string; tree: string; head: string | null }>('git.checkpoint', {
      session: sessionId,
      step,
      worktree,
    })
    if (saved !== undefined)
      return compact({ savedRef: saved.ref, savedTree: saved.tree, head: saved.head ?? undefined })
  }
  return undefined
}

type Call = <T>(name: string, input: object) => Promise<T | undefined>

/** Undefined when the spoke does not answer in time, has no such operation, or refuses. What it said of its repository holds for this attachment: no other one is called. */
function caller(
  { bus, logger }: Runtime,
  { id: spokeId, name: spoke, epoch }: LostPlace['others'][number],
  principal: Identity,
): Call {
  return async <T>(name: string, input: object) => {
    const operationId = `dev.${spoke}.${name}`
    if (bus.directory.get(operationId, principal) === undefined) return undefined
    try {
      const { envelope } = await bus.call(operationId, input, {
        principal,
        timeoutMs: PATIENCE_MS,
        attachment: { spokeId, epoch },
      })
      return envelope.data as T
    } catch (thrown) {
      const error = CallError.from(thrown)
      logger.info({ err: error, operationId }, 'the files of a lost worktree were not saved there')
      return undefined
    }
  }
}
