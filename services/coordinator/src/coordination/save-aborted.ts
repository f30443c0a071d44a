import { CallError } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'
import { compact } from '@alkdev/std'
import { recordSaved } from '@alkdev/storage/coordination'
import type { readReceipts } from '@alkdev/storage/coordination'
import { getSession } from '@alkdev/storage/sessions'
import type { SessionRow } from '@alkdev/storage/sessions'
import { namedPlace } from '../sessions/named-place.ts'
import type { FilesPlace } from '../sessions/named-place.ts'
import { placeOf } from '../sessions/revert-files.ts'
import { turnRights } from '../sessions/turn/turn-rights.ts'

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'authenticator'>
type Receipt = Awaited<ReturnType<typeof readReceipts>>[number]

/** Milliseconds of each call of a spoke. */
const SAVE_MS = 10_000
/** Sessions of one spoke that are saved at a time: each checkpoint starts several processes there. */
const AT_ONCE = 6

const abortStep = (abortId: string): string => `abort-${abortId.slice(-12)}`

/** The git ref in which an abort saves the changes of a session. */
export const abortRef = (sessionId: string, abortId: string): string =>
  `refs/alkhub/${sessionId}/${abortStep(abortId)}`

/** A session whose files are to be saved. */
interface Unsaved {
  readonly session: SessionRow
  readonly place: FilesPlace
}

/**
 * Ends what the sessions of an abort still run at their spokes, and saves what they did not commit. A spoke that does not answer is named in the receipts, and not
 * waited for once more for the next session; the files stay as they are.
 */
export async function saveAborted(
  runtime: Runtime,
  abortId: string,
  receipts: readonly Receipt[],
): Promise<void> {
  const unsaved: Unsaved[] = []
  for (const { sessionId, savedRef, saveError } of receipts) {
    if (savedRef !== null || saveError !== null) continue
    // oxlint-disable no-await-in-loop -- two quick reads of each
    const session = await getSession(runtime.db, sessionId)
    const place = session && (await placeOf(runtime, session))
    // oxlint-enable no-await-in-loop
    if (session !== undefined && place !== undefined) unsaved.push({ session, place })
  }
  const bySpoke = Map.groupBy(unsaved, ({ place }) => place.spoke)
  await Promise.all([...bySpoke.values()].map((some) => saveOfSpoke(runtime, abortId, some)))
}

async function saveOfSpoke(
  runtime: Runtime,
  abortId: string,
  some: readonly Unsaved[],
): Promise<void> {
  const { db } = runtime
  const waiting = some.values()
  let silent: string | undefined
  const line = async (): Promise<void> => {
    for (const { session, place } of waiting) {
      try {
        // oxlint-disable no-await-in-loop -- a few at a time
        const result = silent ?? (await save(runtime, abortId, session, place))
        if (typeof result === 'string') silent = result
        const saved = typeof result === 'string' ? { saveError: result } : result
        await recordSaved(db, abortId, session.id, saved)
      } catch (error) {
        await recordSaved(db, abortId, session.id, { saveError: textOf(error) })
        // oxlint-enable no-await-in-loop
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, line))
}

/** With the rights of the session before its roles narrow them. Gives a text when the spoke does not answer. */
async function save(
  runtime: Runtime,
  abortId: string,
  session: SessionRow,
  found: FilesPlace,
): Promise<{ readonly savedRef: string } | string> {
  const { bus } = runtime
  const { granted: principal } = await turnRights(runtime, session.id, session.grantId)
  const { prefix, worktree } = found
  const operationId = `${prefix}.git.checkpoint`
  const named = await namedPlace(runtime, found, operationId, principal).catch(unanswered)
  if (typeof named === 'string') return named
  const { attachment } = named
  const step = abortStep(abortId)
  const input = { session: session.id, step, ...compact({ worktree }) }
  const options = { principal, attachment, timeoutMs: SAVE_MS }
  // First: what a process still writes is not saved half.
  await bus.call(`${prefix}.process.kill`, { session: session.id }, options).catch(() => undefined)
  const idempotencyKey = `${session.id}:${step}`
  const { envelope } = await bus.call(operationId, input, { ...options, idempotencyKey })
  return { savedRef: (envelope.data as { ref: string }).ref }
}

/** Codes of a spoke that is there and does not answer. Without it, the others are refused at once as well. */
const SILENT: ReadonlySet<string> = new Set(['TIMEOUT', 'PROVIDER_LOST'])

function unanswered(error: unknown): string {
  if (SILENT.has(CallError.from(error).code)) return textOf(error)
  throw error
}

function textOf(error: unknown): string {
  const { code, message } = CallError.from(error)
  return `${code}: ${message}`
}
