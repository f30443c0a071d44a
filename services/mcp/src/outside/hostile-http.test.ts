import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AddressPolicy } from '@alkdev/outbound'
import type { OperationContext } from '@alkdev/operations'
import { expect, onTestFinished, test } from 'vitest'
import { explain } from './error-text.ts'
import { MAX_ANSWER_BYTES } from './limits.ts'
import { openOutside } from './open-outside.ts'
import { settingsOfConfig } from './settings.ts'

interface Message {
  readonly id?: number
  readonly method?: string
}

const policy = new AddressPolicy({ allow: ['127.0.0.1'], denyPorts: [] })
const options = { policy, deploymentId: 'test' }
const TOOLS = { tools: [{ name: 'go', inputSchema: { type: 'object' } }] }

/** An MCP server over HTTP with one tool, which answers its calls as the test says. */
async function settingsOf(answer: (id: number, response: ServerResponse) => void, more: object) {
  const server = createServer((request, response) => {
    void Array.fromAsync(request).then((parts) => {
      const text = Buffer.concat(parts as Buffer[]).toString()
      const { id, method } = (text === '' ? {} : JSON.parse(text)) as Message
      if (id === undefined) return response.writeHead(request.method === 'GET' ? 405 : 202).end()
      if (method === 'tools/call') return answer(id, response)
      const result =
        method === 'tools/list'
          ? TOOLS
          : {
              protocolVersion: '2025-11-25',
              capabilities: { tools: {} },
              serverInfo: { name: 'hostile', version: '1' },
            }
      const known = method === 'initialize' || method === 'tools/list'
      const part = known ? { result } : { error: { code: -32_601, message: 'no' } }
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, ...part }))
    })
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  return settingsOfConfig('bad', 'mcp-server', { url, ...more }, undefined)
}

/** What a call of the tool fails with. */
async function failureOf(
  answer: (id: number, response: ServerResponse) => void,
  more: object = {},
) {
  const settings = await settingsOf(answer, more)
  const connection = await openOutside(settings, options)
  onTestFinished(() => connection.close())
  const handler = connection.definitions[0]?.handler as (
    input: unknown,
    context: OperationContext,
  ) => Promise<unknown>
  const error: unknown = await handler({}, {}).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return explain(error, settings)
}

const result = (id: number): object => ({ jsonrpc: '2.0', id, result: { content: [] } })
const notice = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }

test.each(['', ' \n', '\uFEFF'])('a list of messages is refused, also after %j', async (before) => {
  const failure = await failureOf((id, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(before + JSON.stringify([...Array.from({ length: 50_000 }, () => notice), result(id)])),
  )
  expect(failure).toMatchObject({
    message: 'The outside service answers with a list of messages.',
    fix: 'Check that its URL is that of an MCP server; if it is, its author has to correct it.',
  })
})

test('an event is read as far as an answer may be long, and its call ends with its time', async () => {
  const line = `data: ${'x'.repeat(65_536)}\n`
  const most = 8 * MAX_ANSWER_BYTES
  let sent = 0
  const failure = await failureOf(
    (_id, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = (): void => {
        while (sent < most && !response.destroyed) {
          sent += line.length
          if (!response.write(line)) return void response.once('drain', more)
        }
      }
      more()
    },
    { timeoutMs: 2000 },
  )
  expect(failure.code).toBe('TIMEOUT')
  expect(sent).toBeLessThan(most)
})
