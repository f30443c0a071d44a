import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sleep } from '@alkdev/std'

/** A model server with the protocol of OpenAI, which answers with a few words. */
export class ModelServer implements Disposable {
  readonly url: string
  readonly #server: Server

  private constructor(server: Server, host: string) {
    this.#server = server
    this.url = `http://${host}:${(server.address() as AddressInfo).port}/v1`
  }

  static async start(host: string): Promise<ModelServer> {
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (data: Buffer) => (body += data.toString()))
      request.on('end', () => {
        if (request.method === 'GET')
          return response
            .setHeader('content-type', 'application/json')
            .end('{"object":"list","data":[{"id":"any","object":"model"}]}')
        const streams = (JSON.parse(body) as { readonly stream?: boolean }).stream === true
        return streams
          ? void sendStream(response)
          : response.setHeader('content-type', 'application/json').end(WHOLE)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    return new ModelServer(server, host)
  }

  [Symbol.dispose](): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const common = { id: 'c', created: 1, model: 'any' }
const WHOLE = JSON.stringify({
  ...common,
  object: 'chat.completion',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' },
  ],
  usage,
})

async function sendStream(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (let at = 0; at < 20; at++) {
    const choices = [
      { index: 0, delta: { content: 'word ' }, finish_reason: at === 19 ? 'stop' : null },
    ]
    response.write(
      `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices })}\n\n`,
    )
    await sleep(100)
  }
  response.write(
    `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices: [], usage })}\n\n`,
  )
  response.end('data: [DONE]\n\n')
}
