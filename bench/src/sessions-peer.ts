// The ends of sessions.bench.ts. Arguments: `model`, a provider that acts out the prompt; `spoke URL KEY`; or `watchers URL KEY SESSION COUNT`, readers of the events of a session.
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { attachSpoke, query } from '@alkdev/spoke'
import { must } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { readScript } from './sessions/script.ts'

const [, , role, url = '', key = '', sessionId = '', count = '0'] = process.argv

/** Text as models and tools write it: documents about code, in one line, so that each character is a byte of JSON. */
const prose = readProse()

function readProse(): string {
  const folder = new URL('../../docs/architecture/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.md'))
  const texts = files.toSorted().map((name) => readFileSync(new URL(name, folder), 'utf8'))
  return texts.join(' ').replaceAll(/[^\x20-\x7e]+|["\\]/g, ' ')
}

/** A passage that begins anywhere. */
function textOf(characters: number): string {
  const from = Math.floor(Math.random() * (prose.length - characters))
  return prose.slice(from, from + characters)
}

interface Message {
  readonly role: string
  readonly content?: unknown
}

/** When the last answer to each prompt ended, by the clock of this process. */
const endedAt = new Map<string, number>()
/** Milliseconds from the end of an answer to the request after it. */
let gaps: number[] = []
/** Bytes of text and inputs that were written. */
let produced = 0

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const arrivedAt = performance.now()
  let body = ''
  for await (const part of request) body += String(part)
  if (request.method === 'GET') {
    const isFacts = request.url === '/facts'
    const models = { object: 'list', data: [{ id: 'm', object: 'model' }] }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(isFacts ? { gaps, produced } : models))
    if (isFacts) [gaps, produced] = [[], 0]
    return
  }
  const { messages } = JSON.parse(body) as { messages: readonly Message[] }
  const at = messages.findLastIndex((one) => one.role === 'user')
  const prompt = contentOf(must(messages[at]))
  const step = messages.slice(at).filter((one) => one.role === 'assistant').length
  const before = endedAt.get(prompt)
  if (before !== undefined) gaps.push(arrivedAt - before)
  const script = readScript(prompt)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (delta: object, finish: string | null = null): void => {
    const choices = [{ index: 0, delta, finish_reason: finish }]
    response.write(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`,
    )
  }
  const text = textOf(script.pieces * script.characters)
  for (let piece = 0; piece < script.pieces && !response.destroyed; piece += 1) {
    const content = text.slice(piece * script.characters, (piece + 1) * script.characters)
    produced += content.length
    send({ content })
    // oxlint-disable-next-line no-await-in-loop -- one piece after the other
    if (script.pieceMs > 0) await wait(script.pieceMs)
  }
  const isLast = step >= script.steps
  if (!isLast) {
    const input = { operationId: 'files.read', input: { bytes: script.outputBytes, step } }
    const args = JSON.stringify(input)
    produced += args.length
    const call = { name: 'call', arguments: args }
    send({ tool_calls: [{ index: 0, id: `call_${step}`, type: 'function', function: call }] })
  }
  send({}, isLast ? 'stop' : 'tool_calls')
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  response.end(`data: ${JSON.stringify({ id: 'c', choices: [], usage })}\n\ndata: [DONE]\n\n`)
  if (isLast) endedAt.delete(prompt)
  else endedAt.set(prompt, performance.now())
}

function contentOf({ content }: Message): string {
  if (typeof content === 'string') return content
  return (content as { text?: string }[]).map(({ text = '' }) => text).join('')
}

/** Reads the events of the session until the process is ended; resolves when the first ones have come. */
async function watchOnce(): Promise<void> {
  const headers = { authorization: `Bearer ${key}` }
  const { body } = await fetch(`${url}/api/sessions/${sessionId}/events`, { headers })
  const reader = must(body).getReader()
  await reader.read()
  const readOn = async (): Promise<void> => {
    // oxlint-disable-next-line no-await-in-loop -- until it ends
    while (!(await reader.read()).done);
  }
  readOn().catch(() => undefined)
}

if (role === 'model') {
  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1', () => {
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
} else if (role === 'spoke') {
  const spoke = attachSpoke({
    hub: url,
    key,
    name: 'bench',
    capacity: 256,
    operations: [
      query(
        {
          id: 'files.read',
          description: 'Gives a text of `bytes` bytes.',
          input: Type.Object({ bytes: Type.Integer(), step: Type.Integer() }),
          output: Type.Object({ text: Type.String() }),
        },
        ({ bytes }) => ({ text: textOf(bytes) }),
      ),
    ],
  })
  await spoke.attached()
  process.send?.('ready')
} else {
  await Promise.all(Array.from({ length: Number(count) }, watchOnce))
  process.send?.('ready')
}
