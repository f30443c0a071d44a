import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  readonly body: any
  aborted: boolean
}

export interface FakeProvider extends AsyncDisposable {
  readonly url: string
  readonly seen: SeenRequest[]
}

/** A number of each embedding: operations of these namespaces are near to a word that no text has. */
const CONCEPTS = [/^budgets |qwertz/, /^webhooks |zuiop/, /./]

function embeddings(input: readonly string[]): object {
  const data = input.map((text, index) => ({
    object: 'embedding',
    index,
    embedding: CONCEPTS.map((concept) => (concept.test(text) ? 1 : 0)),
  }))
  return { object: 'list', data, usage: { prompt_tokens: 3, total_tokens: 3 } }
}

const chunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] })}\n\n`

/**
 * An OpenAI-compatible provider on a real port that misbehaves on demand, by the model's name: `slow`, `cuts` (breaks in the middle of a
 * stream), `429`, `garbage` (no JSON, status 502), `silent` (never answers), `hang` (sends headers
 * and no more), `silent-after-one` (sends one piece of a stream and no more).
 * Any other model answers properly. `concepts` is a model of embeddings.
 */
export async function startFakeProvider(host = '127.0.0.1'): Promise<FakeProvider> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    void answer(request, response, seen)
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host}:${port}/v1`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest[],
): Promise<void> {
  let text = ''
  for await (const part of request) text += String(part)
  const body = text === '' ? undefined : (JSON.parse(text) as { model: string; stream?: boolean })
  const entry: SeenRequest = {
    method: request.method ?? '',
    path: request.url ?? '',
    authorization: request.headers.authorization,
    body,
    aborted: false,
  }
  seen.push(entry)
  response.once('close', () => (entry.aborted = !response.writableFinished))
  const json = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(value))
  }
  if (request.url === '/v1/models')
    return json(200, { object: 'list', data: [{ id: 'good' }, { id: 'org/other' }] })
  if (request.url === '/v1/embeddings' && body?.model === 'concepts')
    return json(200, { ...embeddings(entry.body.input as string[]), model: body.model })
  switch (body?.model) {
    case '429':
      return json(
        429,
        {
          error: {
            message: 'slow down',
            type: 'rate_limit_error',
            code: 'rate_limit_exceeded',
            param: null,
          },
        },
        { 'retry-after': '7' },
      )
    case 'garbage':
      response.writeHead(502, { 'content-type': 'text/html' })
      return void response.end('<html>bad gateway</html>')
    case 'silent':
      return
    case 'hang':
      response.writeHead(200, {
        'content-type': body.stream === true ? 'text/event-stream' : 'application/json',
      })
      return response.flushHeaders()
    default:
  }
  if (!body?.stream)
    return json(200, {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: body?.model,
      choices: [
        { index: 0, message: { role: 'assistant', content: 'Hello ✓' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const [index, word] of ['Hel', 'lo ', '✓'].entries()) {
    response.write(chunk(word))
    if (body.model === 'silent-after-one') return
    if (body.model === 'cuts' && index === 1) return void response.destroy()
    await new Promise((resolve) => setTimeout(resolve, body.model === 'slow' ? 300 : 5))
    if (response.destroyed) return
  }
  const last = {
    id: 'x',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
  }
  response.end(`data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`)
}
