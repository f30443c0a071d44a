import { CodedError } from '@alkdev/errors'
import { UnrecoverableError, Worker } from 'bullmq'
import type { Job } from 'bullmq'
import { createQueueConnection, queuePrefix } from './connection.ts'
import type { QueueConnectionOptions } from './queue-options.ts'
import { REPEATED } from './queue-names.ts'
import type { QueueName } from './queue-names.ts'

const DRAINING = 'draining'

export interface QueueWorkerOptions extends QueueConnectionOptions {
  /** Jobs at one time. Default 10. */
  readonly concurrency?: number
  /** Milliseconds of a job's lock, renewed at half of it. A killed worker's jobs are found after this at the latest. Default 10 000. */
  readonly lockDurationMs?: number
  /** Milliseconds between looks for jobs whose lock is over. Default 5 000. */
  readonly stalledIntervalMs?: number
  /** How often a job may be found with its lock over before it is given up; its row is the truth and is found anyway. Default 5. */
  readonly maxStalledCount?: number
}

/**
 * Does what the row `id` asks for. The signal aborts with a CodedError ABORTED: `cancel` was called, or the worker closes.
 * Throwing puts the job back (later each time); for repeated jobs `id` is the id given to `repeat`.
 */
export type Processor = (id: string, signal: AbortSignal) => Promise<void>

export interface QueueWorker extends AsyncDisposable {
  /** Jobs that run now. */
  readonly running: number
  /** Aborts a job that runs here; it is not tried again. False when it does not. */
  cancel(id: string, reason: string): boolean
  /**
   * Takes no more jobs (except one that is being fetched) and waits for those that run; when `signal` aborts they are aborted and go back
   * into the queue. Never rejects, and returns even if Redis is unavailable.
   */
  close(signal?: AbortSignal): Promise<void>
}

/** Waits for Redis if it is unavailable, and starts. */
export function createWorker(
  queue: QueueName,
  processor: Processor,
  options: QueueWorkerOptions,
): QueueWorker {
  const connection = createQueueConnection(options, 'worker')
  /** Our id to BullMQ's, which differ for repeated jobs. */
  const running = new Map<string, string>()

  async function run(job: Job, _token?: string, cancelled?: AbortSignal): Promise<void> {
    const id = idOf(job)
    const controller = new AbortController()
    const onCancel = (): void => controller.abort(aborted(cancelled?.reason))
    cancelled?.addEventListener('abort', onCancel, { once: true })
    running.set(id, job.id ?? '')
    try {
      if (cancelled?.aborted === true) onCancel()
      await processor(id, controller.signal)
    } catch (error) {
      // A cancelled job would be tried again; one aborted by the end of this worker should be.
      if (cancelled?.aborted === true && cancelled.reason !== DRAINING) {
        throw new UnrecoverableError(String(cancelled.reason))
      }
      throw error
    } finally {
      running.delete(id)
      cancelled?.removeEventListener('abort', onCancel)
    }
  }

  const worker = new Worker(queue, run, {
    connection,
    prefix: queuePrefix(options),
    concurrency: options.concurrency ?? 10,
    lockDuration: options.lockDurationMs ?? 10_000,
    stalledInterval: options.stalledIntervalMs ?? 5000,
    maxStalledCount: options.maxStalledCount ?? 5,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  worker.on('error', (error) => options.logger?.debug({ err: error, queue }, 'queue worker'))
  worker.on('failed', (job, error) => {
    options.logger?.warn(
      { err: error, queue, id: job?.id, attempt: job?.attemptsMade },
      'job failed',
    )
  })
  worker.on('stalled', (id) => options.logger?.warn({ queue, id }, 'job found without its worker'))

  let closing: Promise<void> | undefined

  async function end(signal?: AbortSignal): Promise<void> {
    const redisThere = connection.status === 'ready'
    // Without Redis a close that waits never returns, and no later one does.
    const closed = worker.close(!redisThere).catch(() => undefined)
    if (!redisThere) worker.cancelAllJobs(DRAINING)
    const giveUp = (): void => worker.cancelAllJobs(DRAINING)
    if (signal?.aborted === true) giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      await Promise.race([closed, lost(connection)])
    } finally {
      signal?.removeEventListener('abort', giveUp)
      connection.disconnect()
    }
  }

  const close = (signal?: AbortSignal): Promise<void> => (closing ??= end(signal))
  return {
    get running() {
      return running.size
    },
    cancel(id, reason) {
      const jobId = running.get(id)
      return jobId !== undefined && worker.cancelJob(jobId, reason)
    },
    close,
    [Symbol.asyncDispose]: () => close(AbortSignal.abort()),
  }
}

/** Resolves some time after Redis has left during a close. */
function lost(connection: {
  readonly status: string
  once(event: 'close', listener: () => void): unknown
}): Promise<void> {
  return new Promise((resolve) => {
    connection.once('close', () => setTimeout(resolve, 1000).unref())
  })
}

/** Repeated jobs have ids that BullMQ makes up; their name says which schedule they come from. */
function idOf(job: Job): string {
  return job.name.startsWith(REPEATED) ? job.name.slice(REPEATED.length) : (job.id ?? '')
}

function aborted(reason: unknown): CodedError {
  return new CodedError('ABORTED', typeof reason === 'string' ? reason : 'The job was cancelled.')
}
