// The ends of the benches of the inference proxy. Argument: `model`, a provider that answers at once or with a paced stream, or `relay URL`, a bare relay to it, or to an inference proxy (Fastify and undici).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { Agent } from 'undici'

const [, , role, url = ''] = process.argv
if (role === 'model') {
  const message = { role: 'assistant', content: 'A short answer of a model.' }
  const answer = JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 40, completion_tokens: 8, total_tokens: 48 },
  })
  const frame = (content: string, finish: string | null): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`
  const [word, last] = [frame('and so on, ', null), `${frame('', 'stop')}data: [DONE]\n\n`]
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      // `/paced/<milliseconds between frames>/<frames>/v1/...`: a stream.
      const paced = /^\/paced\/(\d+)\/(\d+)\//.exec(request.url ?? '')
      if (paced !== null) {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        let left = Number(paced[2])
        const next = (): void => {
          response.write(word)
          left -= 1
          if (left > 0) return
          clearInterval(timer)
          response.end(last)
        }
        const timer = setInterval(next, Number(paced[1]))
        response.once('close', () => clearInterval(timer))
        next()
        return
      }
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer),
      })
      response.end(answer)
    })
  })
  server.listen(0, '127.0.0.1', () => {
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`)
  })
} else {
  const app = fastify()
  const agent = new Agent({ connections: 256 })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.post('/*', async (request, reply) => {
    const { authorization } = request.headers
    const answer = await agent.request({
      origin: new URL(url).origin,
      path: request.url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization !== undefined && { authorization }),
      },
      body: request.body as Buffer,
    })
    reply.code(answer.statusCode).header('content-type', answer.headers['content-type'])
    return reply.send(answer.body)
  })
  process.send?.(`${await app.listen({ port: 0, host: '127.0.0.1' })}/v1`)
}
