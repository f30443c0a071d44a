import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { DevOperation } from '../define.ts'
import type { ContextData, FromWorker } from './messages.ts'
import { WorkerLink } from './worker-link.ts'

/** A module whose operations run in a thread. */
export interface OperationsModule {
  /** `options` must be plain data; the thread adds `onProcessGroup(pid, running)`. */
  readonly devOperations: (options: object) => Promise<DevOperation[]>
}

export interface IsolateOptions {
  /** URL of the module (OperationsModule). */
  readonly module: URL
  readonly options: object
  /** Milliseconds that the thread may be blocked before it is ended. Default 10,000. */
  readonly maxBlockedMs?: number
  /** The thread has ended by itself or was ended; the next call starts another. */
  readonly onRestart?: (error: CodedError) => void
}

export interface IsolatedOperations extends AsyncDisposable {
  /** The module's operations; their handlers run in the thread. */
  readonly operations: DevOperation[]
}

/**
 * Runs a module's operations in a thread of their own, so that one that is blocked or exhausts its memory takes neither the process
 * nor its connection along. The thread is watched: when it does not respond for `maxBlockedMs` it is ended, the calls in flight fail
 * with EXECUTION_ERROR (`details: {outcome: "unknown", reason}`), and the next call starts a new thread.
 */
export async function isolateOperations(options: IsolateOptions): Promise<IsolatedOperations> {
  const { devOperations } = (await import(options.module.href)) as OperationsModule
  const host = new Host(options)
  const operations = (await devOperations(options.options)).map((operation) => ({
    ...operation,
    handler: host.handlerOf(operation),
    ...(operation.recover && { recover: host.recoverOf(operation) }),
  }))
  host.start()
  return {
    operations,
    [Symbol.asyncDispose]: () => host.close(),
  }
}

type Answer = Extract<FromWorker, { id: number }>

class Host {
  readonly #options: IsolateOptions
  readonly #calls = new Map<number, (answer: Answer | CodedError) => void>()
  #link: WorkerLink | undefined
  #lastId = 0

  constructor(options: IsolateOptions) {
    this.#options = options
  }

  handlerOf({ namespace, name, type }: IOperationDefinition) {
    const id = `${namespace}.${name}`
    return type === 'subscription'
      ? (input: unknown, context: OperationContext) => this.#items(id, input, context)
      : (input: unknown, context: OperationContext) => this.#call(id, input, context)
  }

  recoverOf({ namespace, name }: IOperationDefinition) {
    const id = `${namespace}.${name}`
    return (input: unknown, context: OperationContext) => this.#call(id, input, context, true)
  }

  /** Starts the thread before the first call, which would wait for it. */
  start(): WorkerLink {
    this.#link ??= this.#open()
    return this.#link
  }

  async close(): Promise<void> {
    await this.#link?.close()
  }

  async #call(
    name: string,
    input: unknown,
    context: OperationContext,
    recover = false,
  ): Promise<unknown> {
    const { link, id } = this.#begin(name, input, context, recover)
    const answer = await this.#answer(link, id, context.signal)
    return answer.is === 'done' ? answer.value : undefined
  }

  async *#items(
    name: string,
    input: unknown,
    context: OperationContext,
  ): AsyncGenerator<unknown, void, unknown> {
    const { link, id } = this.#begin(name, input, context)
    try {
      for (;;) {
        const answer = this.#answer(link, id, context.signal)
        link.post({ do: 'next', id })
        const step = await answer
        if (step.is !== 'item') return
        yield step.value
      }
    } finally {
      link.post({ do: 'abort', id })
    }
  }

  #begin(
    name: string,
    input: unknown,
    context: OperationContext,
    recover = false,
  ): { link: WorkerLink; id: number } {
    context.signal?.throwIfAborted()
    const link = this.start()
    this.#lastId += 1
    const { id, ...call } = { id: this.#lastId, name, input, context: dataOf(context) }
    link.post({ do: 'call', id, ...call, ...(recover && { recover }) })
    return { link, id }
  }

  /** The next answer to a call. Rejects with what failed, or with the signal's reason at once. */
  async #answer(link: WorkerLink, id: number, signal: AbortSignal | undefined): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const onAbort = (): void => {
      link.post({ do: 'abort', id })
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#calls.set(id, (answer) =>
      answer instanceof CodedError ? reject(answer) : resolve(answer),
    )
    // The thread may have ended since the last answer.
    if (link.ended) reject(link.ended)
    try {
      if (signal?.aborted) onAbort()
      const answer = await promise
      if (answer.is !== 'failed') return answer
      const { code, message, details } = answer.error
      throw new CodedError(code, message, { details })
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#calls.delete(id)
    }
  }

  #open(): WorkerLink {
    const link = new WorkerLink({
      start: { module: this.#options.module.href, options: this.#options.options },
      maxBlockedMs: this.#options.maxBlockedMs ?? 10_000,
      onMessage: (message) => {
        if ('id' in message) this.#calls.get(message.id)?.(message)
      },
      onEnd: (error) => {
        if (this.#link === link) this.#link = undefined
        for (const settle of [...this.#calls.values()]) settle(error)
        if ((error.details as { reason?: string }).reason !== 'closed')
          this.#options.onRestart?.(error)
      },
    })
    return link
  }
}

function dataOf(context: OperationContext): ContextData {
  const { requestId, parentRequestId, identity, metadata, deadline } = context
  const { idempotencyKey, traceparent } = context
  const data = {
    requestId,
    parentRequestId,
    identity,
    metadata,
    deadline,
    idempotencyKey,
    traceparent,
  }
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => value !== undefined),
  ) as ContextData
}
