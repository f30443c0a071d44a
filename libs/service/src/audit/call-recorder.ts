import type { CallRecord } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { deferred, unlessAborted } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { heldRecord, withoutPayloads } from './held-record.ts'
import type { HeldRecord } from './held-record.ts'

export interface CallRecorderOptions {
  /** Writes rows; existing rows are not changed. Throws when Postgres is unavailable. */
  insert(records: readonly CallRecord[]): Promise<unknown>
  /** Called when a batch could not be written. The batch is kept and tried again. */
  onError?(error: unknown, held: number): void
  /** Milliseconds after which pending rows are written. Default 200. */
  readonly batchMs?: number
  /** Rows of one batch. Default 500. */
  readonly batchRows?: number
  /** Rows held with their payloads while they can't be written. Default 50 000. */
  readonly maxRows?: number
  /** Approximate maximum of payload bytes held. Default 128 MiB. */
  readonly maxPayloadBytes?: number
  /** Rows held without payloads beyond `maxRows`. Default 50 000. */
  readonly maxBareRows?: number
}

/** Collects the calls that ended here and writes them to the call graph in batches. */
export interface CallRecorder {
  /** Resolves when the row is written, for callers that need this; others ignore the promise. */
  record(record: CallRecord): Promise<void>
  /** Writes the pending rows. Resolves when none is left, when a write fails, or when the signal aborts. */
  flush(signal?: AbortSignal): Promise<void>
  /** Flushes and stops. */
  stop(signal?: AbortSignal): Promise<void>
  readonly held: number
  readonly counters: Readonly<
    Record<'written' | 'payloadsDropped' | 'rowsDropped' | 'failedBatches', number>
  >
}

const MIB = 1024 * 1024
const RETRY_MS = 1000

/** One rejected promise for all dropped rows; handled here because most callers ignore it. */
function fullPromise(): Promise<void> {
  const full = Promise.reject(new CodedError('UNAVAILABLE', 'The call could not be recorded.'))
  full.catch(() => undefined)
  return full
}

/**
 * Buffers rows for the call log. A batch is written every 200 ms, or as soon as there are 500 rows. While Postgres is
 * unavailable 50 000 rows are held, further ones without their payloads, and then new rows are dropped. All of this is counted. Rows
 * held at a crash are lost.
 */
export function createCallRecorder(options: CallRecorderOptions): CallRecorder {
  const batchMs = options.batchMs ?? 200
  const batchRows = options.batchRows ?? 500
  const maxRows = options.maxRows ?? 50_000
  const maxBytes = options.maxPayloadBytes ?? 128 * MIB
  const capacity = maxRows + (options.maxBareRows ?? 50_000)
  const counters = { written: 0, payloadsDropped: 0, rowsDropped: 0, failedBatches: 0 }
  let queue: HeldRecord[] = []
  let heldBytes = 0
  // All rows recorded since the last write share one promise.
  let waiting: Deferred<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let retryAt = 0

  function schedule(): void {
    if (running !== undefined) return
    const pause = retryAt - performance.now()
    if (queue.length >= batchRows && pause <= 0) {
      clearTimeout(timer)
      timer = undefined
      void writeAll()
    } else {
      timer ??= setTimeout(
        () => {
          timer = undefined
          void writeAll()
        },
        Math.max(batchMs, pause),
      )
    }
  }

  async function writeBatch(): Promise<boolean> {
    const batch = queue.slice(0, batchRows)
    const done = queue.length <= batchRows ? waiting : undefined
    if (done !== undefined) waiting = undefined
    try {
      await options.insert(batch.map(({ record }) => record))
    } catch (error) {
      counters.failedBatches += 1
      retryAt = performance.now() + RETRY_MS
      options.onError?.(error, queue.length)
      done?.reject(error)
      return false
    }
    queue = queue.slice(batch.length)
    for (const { bytes } of batch) heldBytes -= bytes
    counters.written += batch.length
    done?.resolve()
    return true
  }

  function writeAll(): Promise<void> {
    running ??= (async () => {
      try {
        let written = true
        while (written && queue.length > 0) written = await writeBatch()
      } finally {
        running = undefined
        if (queue.length > 0) schedule()
      }
    })()
    return running
  }

  function hold(record: CallRecord): boolean {
    if (queue.length >= capacity) {
      counters.rowsDropped += 1
      return false
    }
    const held = heldRecord(record)
    if (queue.length >= maxRows || heldBytes + held.bytes > maxBytes) {
      counters.payloadsDropped += 1
      queue.push({ record: withoutPayloads(record), bytes: 0 })
    } else {
      heldBytes += held.bytes
      queue.push(held)
    }
    return true
  }

  async function flush(signal?: AbortSignal): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    retryAt = 0
    // A write in progress does not include rows recorded after it began.
    await running
    const all = writeAll()
    if (signal === undefined) return all
    await unlessAborted(all, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }

  return {
    record(record) {
      if (!hold(record)) return fullPromise()
      if (waiting === undefined) {
        waiting = deferred<void>()
        // Most callers ignore the promise; a failure is reported through onError.
        waiting.promise.catch(() => undefined)
      }
      const { promise } = waiting
      schedule()
      return promise
    },
    flush,
    async stop(signal) {
      await flush(signal)
      clearTimeout(timer)
      timer = undefined
    },
    get held() {
      return queue.length
    },
    counters,
  }
}
