import { codedErrorOf } from '@alkdev/http'
import type { FastifyReply } from 'fastify'
import type { ModelProtocol } from '@alkdev/contracts'
import { errorEvent } from './endpoint.ts'
import { writeAll } from './write-all.ts'

const PING = Buffer.from(': ping\n')
const NEWLINE = 0x0a
const RETURN = 0x0d

export interface ClientAnswerInput {
  readonly reply: FastifyReply
  readonly protocol: ModelProtocol
  /** Milliseconds without a byte after which a comment is sent. */
  readonly pingMs: number
  /** Milliseconds that a client may take nothing before its connection is cut. */
  readonly stallMs: number
}

/**
 * The event stream that a client gets. While a provider is silent the client gets a comment from time to time, only between events; the head
 * of the answer goes out with the first of them at the latest. The comment has one line break: clients fail at the empty event that a second
 * one makes.
 */
export class ClientAnswer {
  readonly #input: ClientAnswerInput
  #timer: NodeJS.Timeout | undefined
  #isBegun = false
  #isBetweenEvents = true

  constructor(input: ClientAnswerInput) {
    this.#input = input
  }

  /** The head is sent: a failure can only be an event now. */
  get isBegun(): boolean {
    return this.#isBegun
  }

  get isDestroyed(): boolean {
    return this.#input.reply.raw.destroyed
  }

  /** Sends comments while nothing else is sent. */
  startPings(): void {
    this.#timer ??= setInterval(() => this.#ping(), this.#input.pingMs)
  }

  /** Ends the comments. The connection stays as it is. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  /** Sends the head. A second call does nothing. */
  begin(headers: Readonly<Record<string, string>> = {}): void {
    if (this.#isBegun) return
    this.#writeHead(headers)
    this.#input.reply.raw.flushHeaders()
  }

  /** Sends the head with the first bytes, in one packet. Resolves and rejects as `write`. */
  async beginWith(headers: Readonly<Record<string, string>>, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) this.begin(headers)
    else if (!this.#isBegun) this.#writeHead(headers)
    await this.write(bytes)
  }

  #writeHead(headers: Readonly<Record<string, string>>): void {
    this.#isBegun = true
    const { reply } = this.#input
    const { raw } = reply
    reply
      .headers(headers)
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
    reply.hijack()
    raw.on('error', () => raw.destroy())
    raw.writeHead(200, reply.getHeaders() as Record<string, string>)
  }

  /** Resolves when the client can take more. Rejects when it has gone. */
  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return
    this.#timer?.refresh()
    this.#isBetweenEvents = endsEvent(bytes)
    await writeAll(this.#input.reply.raw, bytes, this.#input.stallMs)
  }

  /** Ends a whole answer. `rest` comes before its end. */
  end(rest = ''): void {
    clearInterval(this.#timer)
    const { raw } = this.#input.reply
    if (raw.destroyed) return
    if (rest !== '') raw.write(rest)
    raw.end()
  }

  /** Ends half an answer, which must not look like a whole one: an error event, then the connection is cut. `before` comes before the event. */
  cut(reason: unknown, before = ''): void {
    clearInterval(this.#timer)
    const { protocol, reply } = this.#input
    const { raw } = reply
    if (raw.destroyed) return
    const gap = this.#isBetweenEvents ? '' : '\n\n'
    raw.write(`${gap}${before}${errorEvent(protocol, codedErrorOf(reason))}`, () => raw.destroy())
  }

  #ping(): void {
    const { raw } = this.#input.reply
    if (raw.destroyed || !this.#isBetweenEvents || raw.writableNeedDrain) return
    this.begin()
    raw.write(PING)
  }
}

/** Whether the bytes end an event, with an empty line. */
function endsEvent(bytes: Buffer): boolean {
  const last = bytes.at(-1)
  if (last === RETURN) return bytes.at(-2) === RETURN
  if (last !== NEWLINE) return false
  const before = bytes.at(-2)
  return before === NEWLINE || (before === RETURN && bytes.at(-3) === NEWLINE)
}
