import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a model was asked, as far as tests look at it. */
export interface ModelRequest {
  readonly prompt: string
  /** Answers of the model since the prompt: 0 for the first step of the turn. */
  readonly step: number
  /** Pieces that were sent so far. */
  sent: number
}

/** A provider whose answers stop where a test wants it. */
export interface HeldModel extends AsyncDisposable {
  readonly url: string
  readonly requests: readonly ModelRequest[]
  /** Conversations that no provider would take: a tool call without exactly one result right after it. */
  readonly illegal: readonly string[]
  /** The next answer to the prompt stops after this number of pieces. */
  holdAt(prompt: string, pieces: number): void
  /** Each answer to the prompt that begins from now on stops there; with Infinity, none does. */
  holdEachAt(prompt: string, pieces: number): void
  /** Does the answer to the prompt stand where it was to stop? */
  isHeld(prompt: string): boolean
  /** Lets the answers go on that stand. */
  letGo(): void
}

interface Message {
  readonly role: string
  readonly content?: unknown
  readonly tool_call_id?: string
  readonly tool_calls?: readonly { readonly id: string }[]
}

/**
 * Starts a provider with the API of OpenAI. A prompt `text N` is answered with N words, each a piece; one whose first word is an operation below `t.`
 * with a call of it, and then with its result.
 */
export async function startHeldModel(): Promise<HeldModel> {
  const requests: ModelRequest[] = []
  const illegal: string[] = []
  const holds = new Map<string, { readonly pieces: number; readonly isOnce: boolean }>()
  const held = new Map<string, () => void>()
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = ''
    for await (const part of request) text += String(part)
    if (request.url?.endsWith('/models') === true)
      return void response.end(JSON.stringify({ object: 'list', data: [{ id: 'held' }] }))
    const { messages } = JSON.parse(text) as { messages: readonly Message[] }
    const at = messages.findLastIndex(({ role }) => role === 'user')
    const prompt = textOf(messages[at]?.content)
    const step = messages.slice(at).filter(({ role }) => role === 'assistant').length
    if (!isLegal(messages)) illegal.push(text)
    const entry: ModelRequest = { prompt, step, sent: 0 }
    requests.push(entry)
    const hold = holds.get(prompt)
    if (hold?.isOnce === true) holds.delete(prompt)
    const stop = async (): Promise<void> => {
      if (entry.sent !== hold?.pieces) return
      await new Promise<void>((resolve) => {
        held.set(prompt, resolve)
        response.once('close', resolve)
      })
      held.delete(prompt)
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    await stop()
    const result = messages.at(-1)?.role === 'tool' ? textOf(messages.at(-1)?.content) : ''
    for (const delta of piecesOf(prompt, step, result)) {
      if (response.destroyed) return
      response.write(eventOf({ delta, finish_reason: null }))
      entry.sent += 1
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      await stop()
      // oxlint-disable-next-line no-await-in-loop -- a piece of its own on the wire
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const reason = step === 0 && !prompt.startsWith('text') ? 'tool_calls' : 'stop'
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
    response.write(eventOf({ delta: {}, finish_reason: reason }))
    response.end(`data: ${JSON.stringify({ id: 'x', choices: [], usage })}\n\ndata: [DONE]\n\n`)
  }
  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    illegal,
    holdAt: (prompt, pieces) => void holds.set(prompt, { pieces, isOnce: true }),
    holdEachAt: (prompt, pieces) => void holds.set(prompt, { pieces, isOnce: false }),
    isHeld: (prompt) => held.has(prompt),
    letGo: () => {
      for (const resolve of held.values()) resolve()
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

const eventOf = (choice: object): string =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', model: 'held', choices: [{ index: 0, ...choice }] })}\n\n`

/** The pieces of an answer. */
function piecesOf(prompt: string, step: number, result: string): object[] {
  const words = /^text (\d+)/.exec(prompt)
  if (words !== null)
    return Array.from({ length: Number(words[1]) }, (_, index) => ({ content: `word ${index}. ` }))
  if (step > 0) return [{ content: 'It says ' }, { content: result }]
  const [operation = ''] = prompt.split(' ')
  const input = JSON.stringify({ operationId: `t.${operation}`, input: { prompt } })
  const half = Math.floor(input.length / 2)
  const piece = (text: string, more: object = {}): object => ({
    tool_calls: [{ index: 0, function: { arguments: text, ...more } }],
  })
  const first = { index: 0, id: 'call_1', type: 'function' }
  return [
    { tool_calls: [{ ...first, function: { name: 'call', arguments: input.slice(0, half) } }] },
    piece(input.slice(half)),
  ]
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return Array.isArray(content)
    ? content.map((part) => (part as { text?: string }).text ?? '').join('')
    : ''
}

function isLegal(messages: readonly Message[]): boolean {
  return messages.every(({ role, tool_calls: calls = [] }, at) => {
    if (role === 'tool') {
      const asked = messages.slice(0, at).findLast((one) => one.role !== 'tool')
      const id = messages[at]?.tool_call_id
      return asked?.tool_calls?.filter((call) => call.id === id).length === 1
    }
    const results = messages.slice(at + 1, at + 1 + calls.length)
    return (
      new Set(results.map((one) => one.tool_call_id)).size === calls.length &&
      results.every((one) => one.role === 'tool')
    )
  })
}
