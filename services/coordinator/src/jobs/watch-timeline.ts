import { FINDING_KINDS } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import type { ServiceRuntime } from '@alkdev/service'
import { raiseFindingOnce, readTimeline, resolveOldFindings } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { repeatUntil } from './repeat-until.ts'

const EVERY_MS = 15_000
const KIND = 'postgres-fail-over'
const TYPE = FINDING_KINDS[KIND]
/** Milliseconds that the finding is in the inbox. */
const OPEN_MS = 7 * 86_400_000

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'logger' | 'draining'>

/**
 * Reads the timeline of PostgreSQL every `everyMs` milliseconds until the draining begins. A change is logged, and stored as a finding once for each new timeline in the deployment.
 * Ends with one line in the log where the timeline cannot be read. Never rejects.
 */
export async function watchTimeline(
  { db, logger, draining }: Runtime,
  everyMs = EVERY_MS,
): Promise<void> {
  const unreadable = new AbortController()
  let known: number | undefined
  /** Until it is stored: the database may break off again. */
  let change: { readonly from: number; readonly to: number } | undefined
  const giveUp = (error?: unknown): void => {
    logger.info(
      { err: error },
      'PostgreSQL does not tell its timeline: a fail-over raises no finding',
    )
    unreadable.abort()
  }
  const onError = (error: unknown): void => {
    if (CodedError.from(error).code === 'UNAVAILABLE') return
    if (known === undefined) giveUp(error)
    else logger.warn({ err: error }, 'the timeline of PostgreSQL could not be looked at')
  }
  const signal = AbortSignal.any([draining, unreadable.signal])
  await repeatUntil({ everyMs, signal, onError }, async () => {
    const timeline = await readTimeline(db)
    if (timeline === undefined) return giveUp()
    if (timeline === null) return
    if (known !== undefined && timeline !== known) {
      change = { from: known, to: timeline }
      logger.warn(
        change,
        'PostgreSQL has another timeline: it was replaced by a standby or restored, and may lack what was committed last',
      )
    }
    known = timeline
    if (change !== undefined) await raise(db, change)
    change = undefined
    await resolveOldFindings(db, { type: TYPE, kind: KIND }, OPEN_MS)
  })
}

async function raise(
  db: Db,
  change: { readonly from: number; readonly to: number },
): Promise<void> {
  const { from, to } = change
  await raiseFindingOnce(db, {
    kind: KIND,
    severity: 'high',
    subject: { type: TYPE, id: `postgres-timeline-${to}` },
    accountId: null,
    summary:
      `PostgreSQL was replaced by a standby or a restored backup (timeline ${from} became ${to}). Unless its standby is synchronous, what the hub acknowledged last may be lost, ` +
      'and calls and steps that had ended may run again. Check the effects of what ran in the minutes before, and set synchronous_standby_names.',
    evidence: { from, to },
  })
}
