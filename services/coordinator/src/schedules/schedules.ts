import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError, retryClassOf } from '@alkdev/operations'
import { compact, sleep, uuidv7 } from '@alkdev/std'
import { getGrantState, inTransaction, raiseFinding } from '@alkdev/storage'
import {
  failWaitingFirings,
  fireSchedule,
  listDueSchedules,
  listReleasedSchedules,
  readNextDueMs,
  lockSeenSchedule,
  releaseFiring,
  updateSchedule,
} from '@alkdev/storage/schedules'
import type { NewQueuedCall } from '@alkdev/storage/queue'
import type { FireOptions, ScheduleRow } from '@alkdev/storage/schedules'
import type { CallQueue } from '../queue/queue.ts'
import { storedIdentity } from '../queue/queued-identity.ts'
import { dueTimes } from './cron-times.ts'
import { scheduledCall } from './scheduled-call.ts'

/** Milliseconds between two readings of the due schedules, at most and at least. */
const SWEEP_MS = 1000
const MIN_SWEEP_MS = 20
/** Schedules of one reading. */
const MAX_SWEPT = 100

/**
 * Fires schedules. Every replica does it: the row of a schedule is locked while it fires, its next time is written in the same transaction, and
 * a firing is unique. The clock of the database decides what is due.
 */
export class Schedules {
  readonly #runtime: ServiceRuntime<'coordinator'>
  readonly #queue: Pick<CallQueue, 'onStored'>

  constructor(runtime: ServiceRuntime<'coordinator'>, queue: Pick<CallQueue, 'onStored'>) {
    this.#runtime = runtime
    this.#queue = queue
    runtime.onReady('schedules', () => void this.#sweepUntilDraining())
  }

  /** Fires what is due, and queues calls that waited for earlier ones. One schedule that fails does not hold up the others. */
  async sweep(): Promise<void> {
    const { db } = this.#runtime
    for (const schedule of await listDueSchedules(db, MAX_SWEPT))
      // oxlint-disable-next-line no-await-in-loop -- each in its own transaction
      await this.#guard(schedule, () => this.#fire(schedule))
    for (const schedule of await listReleasedSchedules(db, MAX_SWEPT))
      // oxlint-disable-next-line no-await-in-loop -- as above
      await this.#guard(schedule, () => this.#release(schedule))
  }

  async #fire(schedule: ScheduleRow): Promise<void> {
    const { db, bus, metrics, logger } = this.#runtime
    const fired = await fireSchedule(db, schedule, {
      ...(await this.#prepare(schedule)),
      dueTimes: (row, now) => {
        const late = now.getTime() - (row.nextDueAt?.getTime() ?? now.getTime())
        metrics.histogram(METRICS.scheduleLateness).observe(late / 1000)
        return dueTimes(row, now)
      },
    })
    if (fired === undefined) return
    metrics.counter(METRICS.scheduleFirings, 'queued').inc(fired.calls.length)
    metrics.counter(METRICS.scheduleFirings, 'skipped').inc(fired.skipped)
    this.#queue.onStored(fired.calls)
    for (const { attemptCallId } of fired.aborted)
      // Its holder sees the request at its next renewal in any case.
      bus
        .abort(attemptCallId, 'The next firing of its schedule is due.')
        .catch((error: unknown) => logger.debug({ err: error }, 'an attempt could not be aborted'))
  }

  async #release(schedule: ScheduleRow): Promise<void> {
    const call = await releaseFiring(this.#runtime.db, schedule, await this.#prepare(schedule))
    if (call !== undefined) this.#queue.onStored([call])
  }

  /** The rights and the calls of a firing. Throws UNAUTHENTICATED when the key of the schedule is no longer valid. */
  async #prepare(schedule: ScheduleRow): Promise<Pick<FireOptions, 'caller' | 'makeCall'>> {
    const { db, bus, config } = this.#runtime
    const { now } = await storedIdentity(this.#runtime, schedule)
    const state = await getGrantState(db, schedule.grantId ?? '')
    if (state === undefined)
      throw new CallError('UNAUTHENTICATED', 'The key of the schedule is no longer valid.')
    const { withinOrgs } = state
    const { accountId, keyId, scopes, resources, expiresAt } = state.grant
    const ends = compact({ withinOrgs, rightsEndAtMs: expiresAt?.getTime() })
    const entry = await bus.lookUp(schedule.operationName, now)
    const retry = entry === undefined ? schedule.retry : retryClassOf(entry.spec)
    return {
      caller: { accountId, keyId, scopes, resources, ...ends },
      makeCall: (): NewQueuedCall => scheduledCall(schedule, { id: uuidv7(), retry, config }),
    }
  }

  async #guard(schedule: ScheduleRow, work: () => Promise<void>): Promise<void> {
    const { logger } = this.#runtime
    try {
      await work()
    } catch (thrown) {
      const error = CallError.from(thrown)
      if (error.code !== 'UNAUTHENTICATED') {
        logger.warn({ err: thrown, scheduleId: schedule.id }, 'a schedule could not be fired')
        return
      }
      try {
        await this.#pause(schedule, error)
      } catch (failure) {
        logger.warn({ err: failure, scheduleId: schedule.id }, 'a schedule could not be paused')
      }
    }
  }

  /** A schedule without rights does not fire until a caller with rights resumes it. */
  async #pause(schedule: ScheduleRow, error: CallError): Promise<void> {
    const { db, metrics, logger } = this.#runtime
    const isPaused = await inTransaction(db, async (tx) => {
      // It may have been given other rights meanwhile.
      if ((await lockSeenSchedule(tx, schedule)) === undefined) return false
      await updateSchedule(tx, schedule.id, {
        status: 'paused',
        pausedReason: error.code,
        nextDueAt: null,
      })
      await failWaitingFirings(tx, schedule.id, error.code)
      await raiseFinding(tx, {
        kind: 'schedule-paused',
        severity: 'high',
        subject: { type: 'schedule', id: schedule.id },
        accountId: schedule.accountId,
        summary: `The schedule ${schedule.name} was paused: the key that it fires with is no longer valid.`,
        evidence: { code: error.code, operationId: schedule.operationName },
      })
      return true
    })
    if (!isPaused) return
    metrics.counter(METRICS.scheduleFirings, 'failed').inc()
    logger.warn(
      { scheduleId: schedule.id, operation: schedule.operationName, code: error.code },
      'a schedule was paused, because its key is no longer valid',
    )
  }

  async #sweepUntilDraining(): Promise<void> {
    const { db, draining, logger } = this.#runtime
    while (!draining.aborted) {
      let pauseMs = SWEEP_MS
      try {
        // oxlint-disable-next-line no-await-in-loop -- one reading after the other
        await this.sweep()
        // oxlint-disable-next-line no-await-in-loop -- as above
        const next = (await readNextDueMs(db)) ?? SWEEP_MS
        pauseMs = Math.min(SWEEP_MS, Math.max(MIN_SWEEP_MS, Math.ceil(next)))
      } catch (error) {
        logger.warn({ err: error }, 'schedules could not be read')
      }
      try {
        // oxlint-disable-next-line no-await-in-loop -- as above
        await sleep(pauseMs, draining)
      } catch {
        return
      }
    }
  }
}
