import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { CallError } from '../../../calls/call-error.ts'
import { createMCPClient } from '../../../from-mcp.ts'

interface Message {
  readonly id?: number
  readonly method?: string
}

/** A server of MCP over bare HTTP, which lists its tools as the test says: a result, or undefined for no answer. */
async function listing(list: (call: number) => unknown) {
  let lists = 0
  const server = createServer((request, response) => {
    void Array.fromAsync(request).then((chunks) => {
      const text = Buffer.concat(chunks as Buffer[]).toString()
      const { id, method } = (text === '' ? {} : JSON.parse(text)) as Message
      if (id === undefined) return response.writeHead(request.method === 'GET' ? 405 : 202).end()
      const answer = (part: object): unknown =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ jsonrpc: '2.0', id, ...part }))
      if (method === 'tools/list') {
        const result = list((lists += 1))
        return result === undefined ? undefined : answer({ result })
      }
      if (method !== 'initialize') return answer({ error: { code: -32_601, message: 'no' } })
      return answer({
        result: {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'wrong', version: '1' },
        },
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    lists: () => lists,
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function refused(url: string, connectTimeout = 10_000): Promise<CallError> {
  const error: unknown = await createMCPClient('srv', {
    url,
    protocol: 'legacy',
    connectTimeout,
  }).catch((thrown: unknown) => thrown)
  if (error instanceof CallError) return error
  throw new Error('it was connected', { cause: error })
}

const tool = { name: 'one', inputSchema: { type: 'object' } }

test('a list without an end is refused with that as the reason, after as many pages as are read', async () => {
  using server = await listing((call) => ({ tools: [], nextCursor: String(call) }))
  expect(await refused(server.url)).toMatchObject({
    code: 'EXECUTION_ERROR',
    message: 'The MCP server srv has a list of more pages than are read.',
    details: { reason: 'protocol' },
  })
  expect(server.lists()).toBeLessThanOrEqual(200)
})

test.each([
  ['null', [null, tool]],
  ['a number', [5]],
  ['without a schema', [{ name: 'one' }]],
])('a list with a tool that is %s is an answer that MCP does not allow', async (_, tools) => {
  using server = await listing(() => ({ tools }))
  expect(await refused(server.url)).toMatchObject({
    code: 'EXECUTION_ERROR',
    message: 'The MCP server srv gave an answer that MCP does not allow.',
  })
})

test('the pages of a list have one deadline together', async () => {
  using server = await listing((call) =>
    call > 3 ? undefined : { tools: [], nextCursor: String(call) },
  )
  expect(await refused(server.url, 500)).toMatchObject({
    code: 'TIMEOUT',
    message: 'The MCP server srv did not list its tools in time.',
  })
})
