import { deferred, uuidv7 } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'

interface Question<Answer> {
  readonly done: Deferred<Answer | undefined>
  readonly good: (answer: Answer) => boolean
  /** Instances that have not answered; negative until the number of those asked is known. */
  missing: number
  counted: boolean
}

/** Questions at the same time; beyond it they count as answered by nobody. */
const MAX_OPEN = 1000

/** Asks every other instance and takes the first good answer. */
export class Questions<Answer> {
  readonly #open = new Map<string, Question<Answer>>()

  /**
   * `publish` sends the question under the id given to it to all instances, this one too, and resolves with their number. Resolves with the
   * first answer that is `good`; with undefined when all have answered otherwise, or `withinMs` are over.
   */
  async ask(
    publish: (query: string) => Promise<number>,
    good: (answer: Answer) => boolean,
    withinMs: number,
  ): Promise<Answer | undefined> {
    if (this.#open.size >= MAX_OPEN) return undefined
    const query = uuidv7()
    const question: Question<Answer> = { done: deferred(), good, missing: 0, counted: false }
    this.#open.set(query, question)
    const timer = setTimeout(() => question.done.resolve(undefined), withinMs)
    try {
      // This instance hears it too and does not answer itself.
      question.missing += (await publish(query)) - 1
      question.counted = true
      this.#look(question)
      return await question.done.promise
    } finally {
      clearTimeout(timer)
      this.#open.delete(query)
    }
  }

  told(query: string, answer: Answer): void {
    const question = this.#open.get(query)
    if (question === undefined) return
    if (question.good(answer)) return question.done.resolve(answer)
    question.missing -= 1
    this.#look(question)
  }

  /** Answers may come before the number of those asked is known. */
  #look({ counted, missing, done }: Question<Answer>): void {
    if (counted && missing <= 0) done.resolve(undefined)
  }
}
