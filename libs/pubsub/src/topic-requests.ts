import { CodedError } from '@alkdev/errors'
import { control, ControlType, topicControl } from './control.ts'
import type { TopicControl } from './control.ts'
import { withDeadline } from './faults.ts'
import { Queue } from './queue.ts'
import type { EventEnvelope } from './types.ts'

export interface TopicRequestsOptions {
  readonly topics: ReadonlySet<string>
  /** Topics that one connection may have. */
  readonly maxTopics: number
  /** Requests that may wait for an answer of `authorize`. */
  readonly maxPending: number
  /** Milliseconds that `authorize` may take. */
  readonly authorizeTimeoutMs: number
  readonly authorize: (topic: string) => boolean | Promise<boolean>
  readonly onSubscribe: (topic: string) => void
  readonly onUnsubscribe: (topic: string) => void
  readonly answer: (envelope: EventEnvelope) => void
  readonly onError: (error: CodedError, topic: string) => void
}

interface Request extends TopicControl {
  readonly subscribe: boolean
}

/** What one connection asks of topics, done in its order: while one request is being authorised the later ones wait. */
export class TopicRequests {
  readonly #options: TopicRequestsOptions
  readonly #waiting = new Queue<Request>()
  #busy = false
  #closed = false

  constructor(options: TopicRequestsOptions) {
    this.#options = options
  }

  /** Throws VALIDATION_ERROR for a malformed request, OVERLOADED when too many wait. */
  take(envelope: EventEnvelope): void {
    const request = {
      ...topicControl(envelope),
      subscribe: envelope.type === ControlType.SUBSCRIBE,
    }
    if (!this.#busy) return this.#run(request)
    if (this.#waiting.length >= this.#options.maxPending) {
      throw new CodedError('OVERLOADED', `more than ${this.#options.maxPending} requests wait`)
    }
    this.#waiting.push(request)
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
  }

  #run(request: Request): void {
    const { topic } = request
    if (!request.subscribe) return this.#options.onUnsubscribe(topic)
    if (this.#options.topics.has(topic)) return this.#granted(request)
    if (this.#options.topics.size >= this.#options.maxTopics) {
      return this.#refused(request, 'OVERLOADED', `${this.#options.maxTopics} topics at most`)
    }
    try {
      const allowed = this.#options.authorize(topic)
      if (typeof allowed === 'boolean') this.#decided(request, allowed)
      else this.#wait(request, allowed)
    } catch (thrown) {
      this.#failed(request, thrown)
    }
  }

  #wait(request: Request, allowed: Promise<boolean>): void {
    this.#busy = true
    withDeadline(allowed, this.#options.authorizeTimeoutMs, 'authorising a topic')
      .then(
        (answer) => this.#decided(request, answer),
        (thrown: unknown) => this.#failed(request, thrown),
      )
      .finally(() => {
        this.#busy = false
        while (!this.#busy) {
          const next = this.#waiting.shift()
          if (!next) return
          this.#run(next)
        }
      })
      .catch((thrown: unknown) => this.#failed(request, thrown))
  }

  #decided(request: Request, allowed: unknown): void {
    if (allowed === true) this.#granted(request)
    else this.#refused(request, 'ACCESS_DENIED', 'this topic may not be subscribed')
  }

  #failed(request: Request, thrown: unknown): void {
    this.#options.onError(CodedError.from(thrown), request.topic)
    this.#refused(request, 'UNAVAILABLE', 'the topic could not be authorised')
  }

  #granted({ topic, ref }: Request): void {
    if (this.#closed) return
    this.#options.onSubscribe(topic)
    if (ref !== undefined) this.#options.answer(control(ControlType.SUBSCRIBED, { topic, ref }))
  }

  #refused({ topic, ref }: Request, code: string, message: string): void {
    if (this.#closed || ref === undefined) return
    this.#options.answer(control(ControlType.REFUSED, { topic, ref, code, message }))
  }
}
