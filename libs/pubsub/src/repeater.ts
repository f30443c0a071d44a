import { CodedError } from '@alkdev/errors'
import { Queue } from './queue.ts'

/**
 * Gives a value to the consumer. Never throws and never rejects. The promise resolves when the consumer has taken the
 * value and asks for the next one (with what it passed to `next`), or with undefined when the repeater has stopped.
 */
export type Push<T, TNext = unknown> = (value: T | PromiseLike<T>) => Promise<TNext | undefined>

/** Ends the repeater, with an error if one is given. Also a promise that resolves once it has ended, for whatever reason. */
export type Stop = ((error?: unknown) => undefined) & Promise<undefined>

export type RepeaterExecutor<T, TReturn = unknown, TNext = unknown> = (
  push: Push<T, TNext>,
  stop: Stop,
) => PromiseLike<TReturn> | TReturn

/**
 * When the queue is full: `error` ends the repeater with RepeaterOverflowError after the values held, `drop-oldest` and
 * `drop-newest` lose one value.
 */
export type OverflowPolicy = 'error' | 'drop-oldest' | 'drop-newest'

export interface RepeaterOptions {
  /** Values held for a consumer that is not asking. Default 1024. */
  readonly limit?: number
  /** Default `error`. */
  readonly overflow?: OverflowPolicy
}

/** A consumer that is too slow (`values held`) or asks too often at once (`calls of next`). */
export class RepeaterOverflowError extends CodedError {
  override readonly name = 'RepeaterOverflowError'

  constructor(what: string, limit: number) {
    super('OVERLOADED', `too many ${what}: the limit is ${limit}`, { details: { limit } })
  }
}

interface Held<T, TNext> {
  readonly value: T | PromiseLike<T>
  readonly taken: (next: TNext | undefined) => void
}

interface Waiter<T> {
  // A method, so that a Repeater of a narrower type is one of the wider type as well.
  resolve(result: IteratorResult<T> | PromiseLike<IteratorResult<T>>): void
  readonly next: unknown
}

type State = 'initial' | 'started' | 'stopped' | 'done'

const defaultLimit = 1024

/**
 * An async iterator made from callbacks, with a bounded queue. The executor runs at the first `next()` (or `start()`);
 * it pushes values and stops. Values pushed before the stop are still delivered, then the error of the stop, once; then
 * the executor's return value ends the iteration. `return()` throws away what is held, stops, and resolves when
 * the executor has settled. At most `limit` calls of `next` may wait at once; more are refused.
 */
export class Repeater<T, TReturn = unknown, TNext = unknown>
  implements AsyncIterableIterator<T, TReturn | undefined, TNext>, AsyncDisposable
{
  readonly #executor: RepeaterExecutor<T, TReturn, TNext>
  readonly #limit: number
  readonly #overflow: OverflowPolicy
  readonly #held = new Queue<Held<T, TNext>>()
  readonly #waiters = new Queue<Waiter<T>>()
  readonly #stopped = Promise.withResolvers<undefined>()
  #state: State = 'initial'
  #failure: { readonly error: unknown } | undefined
  #execution: Promise<TReturn | undefined> = Promise.resolve(undefined)
  /** Settles the push of the value that was delivered last. */
  #taken: ((next: TNext | undefined) => void) | undefined

  constructor(executor: RepeaterExecutor<T, TReturn, TNext>, options: RepeaterOptions = {}) {
    const limit = options.limit ?? defaultLimit
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new CodedError('VALIDATION_ERROR', 'limit must be a positive integer')
    }
    this.#executor = executor
    this.#limit = limit
    this.#overflow = options.overflow ?? 'error'
  }

  /** Runs the executor now rather than at the first `next()`. Idempotent. */
  start(): void {
    if (this.#state !== 'initial') return
    this.#state = 'started'
    const stop = Object.assign((error?: unknown) => this.#stop(error), {
      // oxlint-disable-next-line unicorn/no-thenable -- Stop is a function that can be awaited, as its type says
      then: this.#stopped.promise.then.bind(this.#stopped.promise),
      catch: this.#stopped.promise.catch.bind(this.#stopped.promise),
      finally: this.#stopped.promise.finally.bind(this.#stopped.promise),
      [Symbol.toStringTag]: 'Stop',
    }) as Stop
    this.#execution = new Promise<TReturn>((resolve) => {
      resolve(this.#executor((value) => this.#push(value), stop))
    })
    this.#execution.catch((error: unknown) => this.#stop(error))
  }

  next(value?: TNext): Promise<IteratorResult<T, TReturn | undefined>> {
    this.start()
    const taken = this.#taken
    this.#taken = undefined
    taken?.(value)
    const held = this.#held.shift()
    if (held) {
      this.#taken = held.taken
      return this.#deliver(held.value)
    }
    if (this.#state !== 'started') return this.#finish()
    if (this.#waiters.length >= this.#limit) {
      return Promise.reject(new RepeaterOverflowError('calls of next', this.#limit))
    }
    return new Promise((resolve) => this.#waiters.push({ resolve, next: value }))
  }

  async return(
    value?: TReturn | PromiseLike<TReturn>,
  ): Promise<IteratorResult<T, TReturn | undefined>> {
    this.#abandon()
    await this.#execution
    return { value: await value, done: true }
  }

  async throw(error?: unknown): Promise<IteratorResult<T, TReturn | undefined>> {
    this.#abandon()
    await this.#execution
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #push(value: T | PromiseLike<T>): Promise<TNext | undefined> {
    if (isThenable(value)) value.then(undefined, () => {})
    if (this.#state !== 'started') return Promise.resolve(undefined)
    const waiter = this.#waiters.shift()
    if (waiter) {
      waiter.resolve(this.#deliver(value))
      const second = this.#waiters.peek()
      if (second) return Promise.resolve(second.next as TNext | undefined)
      return new Promise((resolve) => (this.#taken = resolve))
    }
    if (this.#held.length >= this.#limit) {
      if (this.#overflow === 'error') {
        this.#stop(new RepeaterOverflowError('values held for a slow consumer', this.#limit))
        return Promise.resolve(undefined)
      }
      if (this.#overflow === 'drop-newest') return Promise.resolve(undefined)
      this.#held.shift()?.taken(undefined)
    }
    return new Promise((taken) => this.#held.push({ value, taken }))
  }

  #deliver(value: T | PromiseLike<T>): Promise<IteratorResult<T, TReturn | undefined>> {
    if (!isThenable(value)) return Promise.resolve({ value, done: false })
    return Promise.resolve(value).then(
      (settled) => ({ value: settled, done: false }),
      (error: unknown) => {
        this.#abandon()
        throw error
      },
    )
  }

  #stop(error?: unknown): undefined {
    if (this.#state !== 'started') return
    this.#state = 'stopped'
    if (error !== undefined) this.#failure = { error }
    this.#stopped.resolve(undefined)
    this.#taken?.(undefined)
    this.#taken = undefined
    for (let waiter = this.#waiters.shift(); waiter; waiter = this.#waiters.shift()) {
      waiter.resolve(this.#finish())
    }
  }

  /** The end of the iteration: the error of the stop, or the executor's value, the first time; plainly done after that. */
  async #finish(): Promise<IteratorResult<T, TReturn | undefined>> {
    if (this.#state === 'done') return { value: undefined, done: true }
    this.#state = 'done'
    const failure = this.#failure
    const value = await (failure
      ? this.#execution.then(undefined, () => undefined)
      : this.#execution)
    if (failure) throw failure.error
    return { value, done: true }
  }

  /** The consumer has left: only `return` and `throw` wait for the executor. */
  #abandon(): void {
    for (let waiter = this.#waiters.shift(); waiter; waiter = this.#waiters.shift()) {
      waiter.resolve({ value: undefined, done: true })
    }
    if (this.#state === 'started') this.#stop()
    else this.#stopped.resolve(undefined)
    this.#state = 'done'
    this.#taken?.(undefined)
    this.#taken = undefined
    for (let held = this.#held.shift(); held; held = this.#held.shift()) held.taken(undefined)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { readonly then?: unknown }).then === 'function'
  )
}
