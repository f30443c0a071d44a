import { CodedError } from '@alkdev/errors'
import { openConnection } from '@alkdev/redis'
import { compact } from '@alkdev/std'
import { Queue } from 'bullmq'
import type { JobsOptions } from 'bullmq'
import { createQueueConnection, queuePrefix } from './connection.ts'
import type { QueueConnectionOptions } from './queue-options.ts'
import { REPEATED } from './queue-names.ts'
import type { QueueName } from './queue-names.ts'

const CONNECT_TIMEOUT_MS = 5000
/** What throws is tried again this often, 1 s to about a minute apart: a job is only lost when its row needs no wake-up any more. */
const ATTEMPTS = 8
const BACKOFF_MS = 1000

export interface AddOptions {
  /** Milliseconds before which no worker gets it. */
  readonly delayMs?: number
}

export interface QueueCounts {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
}

/** Adds ids to queues. Every method rejects with UNAVAILABLE at once when Redis is unreachable. */
export interface Producer extends AsyncDisposable {
  /** Connected for the first time; rejects with UNAVAILABLE after 5 s. */
  start(): Promise<void>
  readonly ready: boolean
  /** Starts a worker for the row `id`. While a job with this id waits or runs, no other is added. */
  add(queue: QueueName, id: string, options?: AddOptions): Promise<void>
  addAll(queue: QueueName, ids: readonly string[]): Promise<void>
  /** Adds the job `id` every `everyMs`, once for all processes that request it; the last call applies. */
  repeat(queue: QueueName, id: string, everyMs: number): Promise<void>
  counts(queue: QueueName): Promise<QueueCounts>
  /** Removes a job that no worker runs yet. */
  remove(queue: QueueName, id: string): Promise<void>
  close(): Promise<void>
}

/** A producer with one connection for all queues. Nothing is connected before `start`. */
export function createProducer(options: QueueConnectionOptions): Producer {
  const connection = createQueueConnection(options, 'producer')
  const queues = new Map<QueueName, Queue>()

  function queue(name: QueueName): Queue {
    let found = queues.get(name)
    if (found === undefined) {
      found = new Queue(name, { connection, prefix: queuePrefix(options) })
      found.on('error', (error) => options.logger?.debug({ err: error, queue: name }, 'queue'))
      queues.set(name, found)
    }
    return found
  }

  /** BullMQ waits for a connection before some commands; a look at it first keeps the promise of failing fast. */
  async function guarded<T>(run: () => Promise<T>): Promise<T> {
    if (connection.status !== 'ready') throw away()
    try {
      return await run()
    } catch (error) {
      throw away(error)
    }
  }

  return {
    get ready() {
      return connection.status === 'ready'
    },
    async start() {
      await openConnection(connection, CONNECT_TIMEOUT_MS).catch((error: unknown) => {
        throw away(error)
      })
    },
    async add(name, id, given) {
      await guarded(() => queue(name).add('wake', {}, jobOptions(id, given)))
    },
    async addAll(name, ids) {
      if (ids.length === 0) return
      const jobs = ids.map((id) => ({ name: 'wake', data: {}, opts: jobOptions(id) }))
      await guarded(() => queue(name).addBulk(jobs))
    },
    async repeat(name, id, everyMs) {
      const template = {
        name: `${REPEATED}${id}`,
        data: {},
        opts: { removeOnComplete: true, removeOnFail: true },
      }
      await guarded(() => queue(name).upsertJobScheduler(id, { every: everyMs }, template))
    },
    async counts(name) {
      const counts = await guarded(() => queue(name).getJobCounts('waiting', 'active', 'delayed'))
      return {
        waiting: counts['waiting'] ?? 0,
        active: counts['active'] ?? 0,
        delayed: counts['delayed'] ?? 0,
      }
    },
    async remove(name, id) {
      await guarded(() => queue(name).remove(id))
    },
    close,
    [Symbol.asyncDispose]: close,
  }

  async function close(): Promise<void> {
    if (connection.status === 'ready') {
      await Promise.allSettled([...queues.values()].map((open) => open.close()))
    }
    connection.disconnect()
  }
}

function jobOptions(id: string, given: AddOptions = {}): JobsOptions {
  return {
    jobId: id,
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: BACKOFF_MS },
    removeOnComplete: true,
    removeOnFail: true,
    ...compact({ delay: given.delayMs }),
  }
}

function away(cause?: unknown): CodedError {
  return new CodedError('UNAVAILABLE', 'The queue is unavailable.', { cause, retryAfterMs: 1000 })
}
