import { createProducer, createWorker } from '@alkdev/queue'
import type { Producer } from '@alkdev/queue'
import { CallError } from '@alkdev/operations'
import type { OperationContext } from '@alkdev/operations'
import { isInputHash } from '@alkdev/service'
import type { Caller, ServiceRuntime } from '@alkdev/service'
import { acceptQueuedCalls, repeatQueuedCalls } from '@alkdev/storage/queue'
import type {
  AcceptedCall,
  AcceptOptions,
  ClaimedCall,
  NewQueuedCall,
  QueuedCall,
} from '@alkdev/storage/queue'
import type { CallsEnqueueInput } from '@alkdev/contracts'
import { sharedNow } from '@alkdev/std'
import { QueueWaiters } from './queue-waiters.ts'
import { queueingCaller } from '../schedules/queueing-caller.ts'
import { webhookIdOf } from '../webhooks/webhook-access.ts'
import { CallAcceptor } from './accept-calls.ts'
import { prepareCall } from './prepare-call.ts'
import { createQueueEvents } from './queue-events.ts'
import type { QueueEvents } from './queue-events.ts'
import { QueueRunner } from './queue-runner.ts'

/** The key by which the provider recognises a call that may have run. */
function keyOfRepeated({ attempts, retry, idempotencyKey, id }: QueuedCall): string | undefined {
  return attempts > 0 && retry === 'keyed' ? (idempotencyKey ?? id) : undefined
}

/** A call that was to be repeated: as which one it is queued, or why it was refused. */
export type Repeated =
  | { readonly id: string; readonly repeatedAs: string; readonly error?: undefined }
  | { readonly id: string; readonly repeatedAs?: undefined; readonly error: CallError }

/** What is queued in the place of a call that failed. The provider gets the key of the first call, because effects that are not known must not happen twice. */
function inputOfRepeated(call: QueuedCall): CallsEnqueueInput {
  const { operationName: operationId, priority, timeoutMs, maxAttempts, backoffMs } = call
  const input = JSON.parse(call.input) as unknown
  return { operationId, input, priority, timeoutMs, maxAttempts, backoffMs }
}

/** Prepares one call; in a list the error names the place `at`. */
async function placed(
  at: number | undefined,
  prepare: () => Promise<NewQueuedCall>,
): Promise<NewQueuedCall> {
  try {
    return await prepare()
  } catch (thrown) {
    if (at === undefined) throw thrown
    const { code, message, details, status } = CallError.from(thrown)
    const index = { ...(details as object | undefined), index: at }
    throw new CallError(code, `calls[${at}]: ${message}`, index, {
      cause: thrown,
      httpStatus: status,
    })
  }
}

const noDeadLetter = (callId: string): CallError =>
  new CallError('CONFLICT', 'The call is no dead letter, or is repeated already.', { callId })

/** Other coordinators that are woken for many calls at once. */
const MAX_WOKEN = 8

/** The queued calls of this process: accepts them, runs them, and waits for their ends. */
export class CallQueue {
  readonly ended: QueueWaiters
  readonly #runtime: ServiceRuntime<'coordinator'>
  readonly #events: QueueEvents
  readonly #runner: QueueRunner
  readonly #producer: Producer
  readonly #acceptor: CallAcceptor
  readonly #listeners: ((call: ClaimedCall) => void)[] = []

  constructor(runtime: ServiceRuntime<'coordinator'>) {
    const { db, logger, config } = runtime
    this.#runtime = runtime
    this.#events = createQueueEvents(runtime)
    this.ended = new QueueWaiters(db, logger)
    this.#acceptor = new CallAcceptor(db, (accountId) => this.#sameInputOf(accountId))
    this.#runner = new QueueRunner({
      runtime,
      ended: this.ended,
      events: this.#events,
      onEnded: (call) => {
        for (const listener of this.#listeners) listener(call)
      },
    })
    const connection = {
      redis: config.redis,
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

  /** Calls back for each call that ends in this process. */
  onCallEnded(listener: (call: ClaimedCall) => void): void {
    this.#listeners.push(listener)
  }

  /** Claims calls that were stored by other means than `accept`. */
  wake(): void {
    this.#runner.wake()
  }

  /**
   * Checks and stores calls: all of them or none. What it throws promises that nothing was queued; in a list of several the error names the
   * place of the call.
   */
  async accept(
    principal: Caller,
    context: OperationContext,
    asked: readonly CallsEnqueueInput[],
  ): Promise<readonly AcceptedCall[]> {
    const { db } = this.#runtime
    const caller = queueingCaller(principal)
    const calls: NewQueuedCall[] = []
    const webhookIds = new Map<string, string>()
    const webhookOf = async (name: string | undefined): Promise<string | undefined> => {
      const known = webhookIds.get(name ?? '')
      if (name === undefined || known !== undefined) return known
      const id = await webhookIdOf(db, principal, name)
      if (id !== undefined) webhookIds.set(name, id)
      return id
    }
    for (const [at, one] of asked.entries()) {
      // oxlint-disable-next-line no-await-in-loop -- the registry is in memory
      const call = await placed(asked.length > 1 ? at : undefined, async () => ({
        ...(await prepareCall(this.#runtime, principal, context, one)),
        webhookId: await webhookOf(one.webhook),
      }))
      calls.push(call)
    }
    if (new Set(calls.map(({ id }) => id)).size < calls.length)
      throw new CallError('CONFLICT', 'Two of the calls have the same id.')
    const [first] = calls
    const accepted =
      calls.length === 1 && first !== undefined
        ? [await this.#acceptor.accept({ caller, call: first })]
        : await acceptQueuedCalls(db, caller, calls, {
            isSameInput: this.#sameInputOf(caller.accountId),
          })
    const added = calls.filter((_call, at) => accepted[at]?.known === false)
    this.#events.accepted(added.length)
    this.#onAccepted(added, principal)
    return accepted
  }

  /**
   * Queues calls in the place of dead letters, in one transaction. Each is checked as if it were queued for the first time, and by `check`; what these throw refuses
   * that call alone. The report of its end goes where that of the first one went.
   */
  async repeat(
    principal: Caller,
    context: OperationContext,
    dead: readonly QueuedCall[],
    check: (call: QueuedCall) => void,
  ): Promise<readonly Repeated[]> {
    const caller = queueingCaller(principal)
    const calls = new Map<string, NewQueuedCall>()
    const errors = new Map<string, CallError>()
    for (const one of dead) {
      try {
        check(one)
        // oxlint-disable-next-line no-await-in-loop -- the registry is in memory
        const call = await prepareCall(this.#runtime, principal, context, inputOfRepeated(one))
        const webhookId = one.webhookId ?? undefined
        calls.set(one.id, { ...call, webhookId, providerKey: keyOfRepeated(one) })
      } catch (thrown) {
        const error = CallError.from(thrown)
        if (error.code === 'UNAVAILABLE') throw error
        errors.set(one.id, error)
      }
    }
    const asked = [...calls].map(([repeats, call]) => ({ repeats, call }))
    const marked = await repeatQueuedCalls(this.#runtime.db, caller, asked)
    const added = asked.filter(({ repeats }) => marked.has(repeats)).map(({ call }) => call)
    this.#events.accepted(added.length)
    this.#onAccepted(added, principal)
    return dead.map(({ id }) => {
      const call = marked.has(id) ? calls.get(id) : undefined
      if (call !== undefined) return { id, repeatedAs: call.id }
      return { id, error: errors.get(id) ?? noDeadLetter(id) }
    })
  }

  #sameInputOf(accountId: string): AcceptOptions['isSameInput'] {
    const { inputHash } = this.#runtime
    return ({ operationName, idempotencyKey: key = '', input: text }, record) => {
      const input: unknown = JSON.parse(text)
      return isInputHash(inputHash, { accountId, operationName, key, input }, record.inputHash)
    }
  }

  /** Starts calls that were stored by another function, in a transaction that has committed. */
  onStored(calls: readonly NewQueuedCall[]): void {
    this.#events.accepted(calls.length)
    this.#onAccepted(calls)
  }

  /** Starts what this process has room for, and wakes others for the rest. Jobs may be lost: a sweep finds every call that is due. */
  #onAccepted(calls: readonly NewQueuedCall[], principal?: Caller): void {
    const later = (call: NewQueuedCall): number =>
      Math.max(call.delayMs, (call.notBefore?.getTime() ?? 0) - sharedNow())
    const now = calls.filter((call) => later(call) <= 0)
    const room = this.#runner.free
    if (now.length > 0) this.#runner.wakeFor(principal ?? { id: '' })
    const others = now.slice(room, room + MAX_WOKEN).map(({ id }) => id)
    this.#producer.addAll('calls', others).catch((error: unknown) => this.#events.notWoken(error))
    for (const call of calls) if (later(call) > 0) this.#runner.wakeIn(later(call))
  }
}
