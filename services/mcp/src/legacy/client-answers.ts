import type { JSONRPCErrorResponse, JSONRPCResultResponse } from '@modelcontextprotocol/server'

export type ClientAnswer = JSONRPCErrorResponse | JSONRPCResultResponse

/** Requests of this process that clients have not answered yet. */
const MAX_WAITING = 10_000
/** The same of one key. */
const MAX_OF_KEY = 100

/** The commands of Redis that pass answers on. */
export interface AnswersRedis {
  publish(message: string): Promise<unknown>
  /** Calls `onMessage` with what other processes publish. */
  subscribe(onMessage: (message: string) => void): Promise<void>
}

/** Who is asked, and who answers. */
export interface Answerer {
  readonly keyId: string
  /** `mcp-session-id` */
  readonly session: string | undefined
}

interface Waiting extends Answerer {
  deliver(answer: ClientAnswer): void
}

/**
 * Requests of the hub that wait for an answer of a client of MCP before 2026-07-28. The answer is a message of its own, which may reach
 * another replica: that one publishes it over Redis. The ids are random, and an answer counts only with the key and the session of the request.
 */
export class ClientAnswers {
  readonly #redis: AnswersRedis
  readonly #waiting = new Map<string, Waiting>()
  readonly #ofKey = new Map<string, number>()
  #subscribed: Promise<void> | undefined

  constructor(redis: AnswersRedis) {
    this.#redis = redis
  }

  /** Waits for the answer with this id until the returned function is called. Throws an Error when too many wait, of all keys or of this one. */
  wait(id: string, waiting: Waiting): () => void {
    const { keyId } = waiting
    const own = this.#ofKey.get(keyId) ?? 0
    if (this.#waiting.size >= MAX_WAITING || own >= MAX_OF_KEY)
      throw new Error('too many requests to clients wait')
    this.#waiting.set(id, waiting)
    this.#ofKey.set(keyId, own + 1)
    return () => this.#forget(id)
  }

  /** Resolves when answers that reach other replicas arrive here. Rejects when Redis does. */
  listen(): Promise<void> {
    this.#subscribed ??= this.#redis
      .subscribe((message) => this.#onMessage(message))
      .catch((error: unknown) => {
        this.#subscribed = undefined
        throw error
      })
    return this.#subscribed
  }

  /** Gives the answer to the request that waits for it, here or in another process. Nothing happens to any other answer. */
  async give({ keyId, session }: Answerer, answer: ClientAnswer): Promise<void> {
    if (this.#deliver({ keyId, session }, answer)) return
    await this.#redis.publish(JSON.stringify([keyId, answer, session ?? null]))
  }

  #onMessage(message: string): void {
    const [keyId, answer, session] = JSON.parse(message) as [string, ClientAnswer, string | null]
    this.#deliver({ keyId, session: session ?? undefined }, answer)
  }

  #deliver({ keyId, session }: Answerer, answer: ClientAnswer): boolean {
    const id = String(answer.id)
    const waiting = this.#waiting.get(id)
    if (waiting?.keyId !== keyId || waiting.session !== session) return false
    this.#forget(id)
    waiting.deliver(answer)
    return true
  }

  #forget(id: string): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    const left = (this.#ofKey.get(waiting.keyId) ?? 1) - 1
    if (left === 0) this.#ofKey.delete(waiting.keyId)
    else this.#ofKey.set(waiting.keyId, left)
  }
}
