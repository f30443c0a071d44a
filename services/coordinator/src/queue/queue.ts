import { createProducer, createWorker } from '@alkdev/queue'
import type { Producer } from '@alkdev/queue'
import { CallError } from '@alkdev/operations'
import type { Identity, OperationContext } from '@alkdev/operations'
import { isInputHash } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { acceptQueuedCalls } from '@alkdev/storage'
import type { AcceptedCall, NewQueuedCall, QueuedCall } from '@alkdev/storage'
import type { CallsEnqueueInput } from '@alkdev/contracts'
import { QueueWaiters } from './queue-waiters.ts'
import { prepareCall } from './prepare-call.ts'
import { createQueueEvents } from './queue-events.ts'
import type { QueueEvents } from './queue-events.ts'
import { QueueRunner } from './queue-runner.ts'

/** The key by which the provider recognises a call that may have run. */
function keyOfRepeated({ attempts, retry, idempotencyKey, id }: QueuedCall): string | undefined {
  return attempts > 0 && retry === 'keyed' ? (idempotencyKey ?? id) : undefined
}

/** Other coordinators that are woken for many calls at once. */
const MAX_WOKEN = 8
/** Delays for which a job is added. Calls that are due later are found by a sweep. */
const MAX_JOB_DELAY_MS = 3_600_000

/** The queued calls of this process: accepts them, runs them, and waits for their ends. */
export class CallQueue {
  readonly ended: QueueWaiters
  readonly #runtime: ServiceRuntime<'coordinator'>
  readonly #events: QueueEvents
  readonly #runner: QueueRunner
  readonly #producer: Producer

  constructor(runtime: ServiceRuntime<'coordinator'>) {
    const { db, logger, config } = runtime
    this.#runtime = runtime
    this.#events = createQueueEvents(runtime)
    this.ended = new QueueWaiters(db, logger)
    this.#runner = new QueueRunner({ runtime, ended: this.ended, events: this.#events })
    const connection = {
      redis: { url: config.redis.url.reveal() },
      prefix: config.redis.prefix,
      logger,
    }
    this.#producer = createProducer(connection)
    runtime.onReady('queued calls', async () => {
      await this.#producer.start()
      const worker = createWorker('calls', async () => this.#runner.wake(), connection)
      runtime.onDrain('wake-ups of queued calls', (signal) => worker.close(signal))
      this.#runner.start()
    })
    runtime.onDrain('queued calls', (signal) =>
      this.#runner.drain(signal, config.http.drainBudgetMs),
    )
    runtime.onClose('queue', () => this.#producer.close())
  }

  /**
   * Checks and stores calls: all of them or none. What it throws promises that nothing was queued; in a list of several the error names the
   * place of the call.
   */
  async accept(
    principal: Identity,
    context: OperationContext,
    asked: readonly CallsEnqueueInput[],
    repeats?: QueuedCall,
  ): Promise<readonly AcceptedCall[]> {
    const { db, inputHash } = this.#runtime
    const { id: accountId, keyId, scopes, resources = {} } = principal
    if (keyId === undefined)
      throw new CallError('ACCESS_DENIED', 'Calls are queued with the rights of an API key.')
    const calls: NewQueuedCall[] = []
    for (const [at, one] of asked.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- the registry is in memory
      const call = await this.#prepare(principal, context, one, asked.length > 1 ? at : undefined)
      calls.push(repeats === undefined ? call : { ...call, providerKey: keyOfRepeated(repeats) })
    }
    if (new Set(calls.map(({ id }) => id)).size < calls.length)
      throw new CallError('CONFLICT', 'Two of the calls have the same id.')
    const rights = Object.fromEntries(
      Object.entries(resources).map(([on, actions]) => [on, [...actions]]),
    )
    const caller = { accountId, keyId, scopes, resources: rights }
    const accepted = await acceptQueuedCalls(db, caller, calls, {
      isSameInput: (call, record) =>
        isInputHash(
          inputHash,
          {
            accountId,
            operationName: call.operationName,
            key: call.idempotencyKey ?? '',
            input: JSON.parse(call.input) as unknown,
          },
          record.inputHash,
        ),
      repeats: repeats?.id,
    })
    const added = calls.filter((_call, at) => accepted[at]?.known === false)
    this.#events.accepted(added.length)
    this.#onAccepted(added)
    return accepted
  }

  async #prepare(
    principal: Identity,
    context: OperationContext,
    asked: CallsEnqueueInput,
    at: number | undefined,
  ): Promise<NewQueuedCall> {
    try {
      return await prepareCall(this.#runtime, principal, context, asked)
    } catch (thrown) {
      if (at === undefined) throw thrown
      const { code, message, details } = CallError.from(thrown)
      const index = { ...(details as object | undefined), index: at }
      throw new CallError(code, `calls[${at}]: ${message}`, index, { cause: thrown })
    }
  }

  /** Starts what this process has room for, and wakes others for the rest. Jobs may be lost: a sweep finds every call that is due. */
  #onAccepted(calls: readonly NewQueuedCall[]): void {
    const later = (call: NewQueuedCall): number =>
      Math.max(call.delayMs, (call.notBefore?.getTime() ?? 0) - Date.now())
    const now = calls.filter((call) => later(call) <= 0)
    const room = this.#runner.free
    if (now.length > 0) this.#runner.wake()
    const others = now.slice(room, room + MAX_WOKEN).map(({ id }) => id)
    this.#producer.addAll('calls', others).catch((error: unknown) => this.#events.notWoken(error))
    for (const call of calls) {
      const delayMs = Math.ceil(later(call))
      if (delayMs <= 0 || delayMs > MAX_JOB_DELAY_MS) continue
      this.#producer
        .add('calls', call.id, { delayMs })
        .catch((error: unknown) => this.#events.notWoken(error))
    }
  }
}
