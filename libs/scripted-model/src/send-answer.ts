import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { sleep } from '@alkdev/std'
import { chunkOf, deltaCount, deltasOf, usageOf, wholeAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import type { ScriptStep } from './script.ts'
import { sendFailure } from './send-failure.ts'

const DEFAULT_PIECE_CHARS = 16
/** An answer without `stream` is built in memory. */
const MAX_WHOLE_CHARS = 64 * 1024 * 1024
const BROKEN_EVENT = 'data: {"choices": [{"delta": {"content": \n\n'

interface SendOptions {
  readonly step: ScriptStep
  readonly answer: Answer
  readonly stream: boolean
  readonly includeUsage: boolean
  /** Aborts when the client has left or the time is over. */
  readonly signal: AbortSignal
}

/** Writes the answer as the step says. Rejects when the signal aborts. */
export async function sendAnswer(response: ServerResponse, options: SendOptions): Promise<void> {
  const { step, signal } = options
  const { fault } = step
  if (step.delayMs !== undefined) await sleep(step.delayMs, signal)
  if (fault === 'no-answer') return void response.destroy()
  if (fault === 'silence') return untilAborted(signal)
  if (typeof fault === 'object') return sendFailure(response, fault)
  if (options.stream) return sendStream(response, options)
  const { answer } = options
  if (answer.text.length * answer.times > MAX_WHOLE_CHARS)
    return sendFailure(response, {
      status: 500,
      message: 'The answer is longer than 64 Mi characters.',
    })
  const text = JSON.stringify(wholeAnswer(answer))
  response.writeHead(200, { 'content-type': 'application/json' })
  if (fault === undefined) return void response.end(text)
  if (fault === 'not-json') return void response.end(text.slice(0, text.length / 2))
  await write(response, text.slice(0, text.length / 2), signal)
  return fault === 'cut' ? cut(response) : untilAborted(signal)
}

async function sendStream(
  response: ServerResponse,
  { step, answer, includeUsage, signal }: SendOptions,
): Promise<void> {
  const { fault, pieceMs, pieceChars = DEFAULT_PIECE_CHARS } = step
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
  })
  const send = (value: object): Promise<void> =>
    write(response, `data: ${JSON.stringify(value)}\n\n`, signal)
  const faultAt = Math.ceil(deltaCount(answer, pieceChars) / 2)
  let sent = 0
  for (const delta of deltasOf(answer, pieceChars)) {
    if (sent === faultAt) {
      if (fault === 'silence-midway') return untilAborted(signal)
      if (fault === 'cut') return cut(response)
      if (fault === 'not-json') await write(response, BROKEN_EVENT, signal)
    }
    await send(chunkOf(answer, { delta }))
    sent += 1
    if (pieceMs !== undefined && pieceMs > 0) await sleep(pieceMs, signal)
  }
  if (fault === 'silence-midway') return untilAborted(signal)
  if (fault === 'cut') return cut(response)
  await send(chunkOf(answer, { delta: {}, finish_reason: answer.finish }))
  const usage = usageOf(answer)
  if (includeUsage && usage) await send(chunkOf(answer, undefined, usage))
  response.end('data: [DONE]\n\n')
}

/** Writes and waits while the client reads more slowly. */
async function write(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (!response.write(text)) await once(response, 'drain', { signal })
}

/** Ends the connection once the client's system has what was written. */
async function cut(response: ServerResponse): Promise<void> {
  const { socket } = response
  if (socket && !socket.destroyed)
    await new Promise<void>((resolve) => {
      socket.once('close', resolve)
      socket.end(resolve)
    })
  response.destroy()
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
  signal.throwIfAborted()
}
