import { deferred, uuidv7 } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { instanceTopic, SHARED_TOPIC } from './transport/transport.ts'
import type { Transport } from './transport/transport.ts'
import type { QueryFrame, QueryKind, QueryOf, Replies, ReplyFrame } from './wire/frames.ts'

/** Queries open at the same time; further ones are answered as if no instance had replied. */
const MAX_OPEN = 1000

interface OpenQuery {
  readonly done: Deferred<void>
  readonly onReply: (reply: Replies[QueryKind]) => boolean
  /** Replies that are missing; negative until the number of queried instances is known. */
  missing: number
  counted: boolean
}

/** How this instance replies to a query of another one, or of its own. */
export type Answer<Kind extends QueryKind> = (
  query: QueryOf<Kind>,
  from: string,
) => Replies[Kind] | Promise<Replies[Kind]>

export type Answers = { readonly [Kind in QueryKind]: Answer<Kind> }

/** Queries all instances, this one included, and collects their replies. */
export class Broadcast {
  readonly #transport: Transport
  readonly #instanceId: () => string
  readonly #answers: Answers
  readonly #open = new Map<string, OpenQuery>()

  constructor(transport: Transport, instanceId: () => string, answers: Answers) {
    this.#transport = transport
    this.#instanceId = instanceId
    this.#answers = answers
  }

  /** The transport is connected, so a query can be sent. */
  get ready(): boolean {
    return this.#transport.ready
  }

  /**
   * Sends the query and calls `onReply` with each reply, until that returns true, all have replied, or `withinMs` are over: then it resolves,
   * with false when replies may be missing. Rejects when the query can't be sent.
   */
  async ask<Kind extends QueryKind>(
    query: QueryOf<Kind>,
    withinMs: number,
    onReply: (reply: Replies[Kind]) => boolean,
  ): Promise<boolean> {
    if (this.#open.size >= MAX_OPEN) return false
    const queryId = uuidv7()
    const open: OpenQuery = {
      done: deferred(),
      onReply: (reply) => onReply(reply as Replies[Kind]),
      missing: 0,
      counted: false,
    }
    this.#open.set(queryId, open)
    let isComplete = true
    const timer = setTimeout(() => {
      isComplete = false
      open.done.resolve()
    }, withinMs)
    try {
      const from = this.#instanceId()
      // Replies may arrive before the number of queried instances is known.
      open.missing += await this.#transport.publish(SHARED_TOPIC, {
        type: 'query',
        from,
        queryId,
        query,
      })
      open.counted = true
      endIfComplete(open)
      await open.done.promise
      return isComplete
    } finally {
      clearTimeout(timer)
      this.#open.delete(queryId)
    }
  }

  onQuery({ from, queryId, query }: QueryFrame): void {
    void this.#answer(query, from).then(
      (reply) => {
        const of = query.kind === 'collect' ? { callId: query.callId } : {}
        const frame: ReplyFrame = { type: 'reply', from: this.#instanceId(), queryId, reply, ...of }
        return this.#transport.publish(instanceTopic(from), frame).catch(() => undefined)
      },
      () => undefined,
    )
  }

  onReply({ queryId, reply }: ReplyFrame): void {
    const open = this.#open.get(queryId)
    if (open === undefined) return
    open.missing--
    if (open.onReply(reply)) open.done.resolve()
    else endIfComplete(open)
  }

  async #answer(query: QueryFrame['query'], from: string): Promise<Replies[QueryKind]> {
    const answer = this.#answers[query.kind] as Answer<QueryKind>
    return answer(query, from)
  }
}

function endIfComplete({ counted, missing, done }: OpenQuery): void {
  if (counted && missing <= 0) done.resolve()
}
