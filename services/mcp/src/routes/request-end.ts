import type { CallError } from '@alkdev/operations'
import { CodedError } from '@alkdev/errors'
import { onClosed } from '@alkdev/http'
import type { FastifyReply } from 'fastify'

/** Milliseconds in which the calls of a request are answered after its key has ended. */
const ANSWER_MS = 1000

/**
 * How a request ends before its answer: its client leaves or cancels it, the process stops, or its key ends, which is answered with the reason. A plain
 * call has one signal for all of them; every other request has a second one for the end of its key, because the SDK answers nothing once its signal has aborted.
 */
export class RequestEnd {
  readonly #reply: FastifyReply
  readonly #ending = new AbortController()
  readonly #closing: (() => void)[] = []
  #keyEnded: AbortController | undefined
  #keyReason: CallError | undefined
  #isPlain = false
  #hasLeft = false

  constructor(reply: FastifyReply) {
    this.#reply = reply
    onClosed(reply.raw, () => {
      for (const close of this.#closing) close()
      if (!reply.raw.writableFinished) this.leave('The client left.')
    })
  }

  /** Aborted when the request needs no answer any more; of a plain call also when its key has ended. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  get controller(): AbortController {
    return this.#ending
  }

  /** No client waits for an answer. */
  hasLeft(): boolean {
    return this.#hasLeft
  }

  /** Calls `close` when the connection of the request is closed. What begins after the client has left ends at once. */
  atClose(close: () => void): void {
    if (this.#reply.raw.closed) close()
    else this.#closing.push(close)
  }

  leave(message: string): void {
    this.#end(new CodedError('ABORTED', message))
  }

  /** The process stops, and waits for no answer any more. */
  stop(reason: unknown): void {
    this.#end(reason)
  }

  /** The key is no longer valid. */
  readonly endKey = (reason: CallError): void => {
    this.#keyReason = reason
    if (this.#isPlain) this.#ending.abort(reason)
    else if (this.#keyEnded !== undefined) this.#endByKey(this.#keyEnded, reason)
  }

  /** The request is a plain call. */
  asPlain(): void {
    this.#isPlain = true
    if (this.#keyReason !== undefined) this.#ending.abort(this.#keyReason)
  }

  /** For the SDK: aborted, with the reason, when the key has ended. */
  get keyEnded(): AbortSignal {
    this.#isPlain = false
    if (this.#keyEnded === undefined) {
      this.#keyEnded = new AbortController()
      if (this.#keyReason !== undefined) this.#endByKey(this.#keyEnded, this.#keyReason)
    }
    return this.#keyEnded.signal
  }

  #end(reason: unknown): void {
    this.#hasLeft = true
    this.#ending.abort(reason)
  }

  #endByKey(keyEnded: AbortController, reason: CallError): void {
    keyEnded.abort(reason)
    // The calls of the request are answered with the reason first; those without an answer are cut.
    const timer = setTimeout(() => this.#end(reason), ANSWER_MS)
    this.atClose(() => clearTimeout(timer))
  }
}

/** The requests without an answer, all of which end when a process ends: one listener for all, because each one more takes longer to remove. */
export class OpenRequests {
  readonly #open = new Set<RequestEnd>()
  readonly #stopping: AbortSignal

  constructor(stopping: AbortSignal) {
    this.#stopping = stopping
    stopping.addEventListener('abort', () => {
      for (const end of this.#open) end.stop(stopping.reason)
    })
  }

  /** Stops it with the process, until the returned function is called. */
  add(end: RequestEnd): () => void {
    if (this.#stopping.aborted) end.stop(this.#stopping.reason)
    this.#open.add(end)
    return () => this.#open.delete(end)
  }
}
