import { deferred, uuidv7 } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { Run } from './provider/run.ts'
import { SHARED_TOPIC } from './transport/transport.ts'
import type { Transport } from './transport/transport.ts'
import type { ResumedCall } from './types.ts'
import type { ResumedFrame } from './wire/frames.ts'

/** How long the callers' instances have to say which calls they want. */
const ANSWER_MS = 1000

interface Question {
  readonly spokeId: string
  readonly wanted: ReadonlySet<string>
  readonly found: ResumedCall[]
  readonly done: Deferred<void>
  /** Instances that have not answered. */
  missing: number
}

/** Finds the callers of the calls that a spoke kept over a reconnect, and takes the calls over from wherever they were. */
export class Resumption {
  readonly #transport: Transport
  readonly #instanceId: () => string
  readonly #questions = new Map<string, Question>()

  constructor(transport: Transport, instanceId: () => string) {
    this.#transport = transport
    this.#instanceId = instanceId
  }

  async ask(
    spokeId: string,
    epoch: number,
    calls: readonly { readonly callId: string; readonly attempt: number }[],
  ): Promise<readonly ResumedCall[]> {
    if (calls.length === 0) return []
    const wanted = new Set(calls.map(({ callId, attempt }) => `${callId}:${attempt}`))
    const question: Question = { spokeId, wanted, found: [], done: deferred(), missing: 0 }
    const query = uuidv7()
    this.#questions.set(query, question)
    const timer = setTimeout(() => question.done.resolve(), ANSWER_MS)
    try {
      const asked = await this.#transport.publish(SHARED_TOPIC, {
        k: 'resume',
        from: this.#instanceId(),
        query,
        spokeId,
        epoch,
        calls: calls.map(({ callId, attempt }) => [callId, attempt] as const),
      })
      this.#heard(question, asked)
      await question.done.promise
      return question.found
    } finally {
      clearTimeout(timer)
      this.#questions.delete(query)
    }
  }

  /** A caller gives its attempt to this instance again. Nobody asked, or asks no more: it is lost. */
  take(run: Run): void {
    const { call } = run
    const { target } = call
    for (const question of this.#questions.values()) {
      if (target.kind !== 'spoke' || target.spokeId !== question.spokeId) continue
      if (!question.wanted.has(`${call.callId}:${call.attempt}`)) continue
      const { sent: received, upTo } = run
      question.found.push({ call, sink: run, received, upTo, room: run.room() })
      return
    }
    run.lost('its spoke was not waited for any more')
  }

  told(frame: ResumedFrame): void {
    const question = this.#questions.get(frame.query)
    if (question !== undefined) this.#heard(question, -1)
  }

  /** Answers may come before the number of those asked is known. */
  #heard(question: Question, instances: number): void {
    question.missing += instances
    if (question.missing === 0) question.done.resolve()
  }
}
