import { CallError, localEnvelope } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { testEndpoint } from '../testing/test-endpoint.ts'

/** `/mcp` of a hub whose role operations answer so. */
function setUp(answers: Readonly<Record<string, unknown>>) {
  const fetch = testEndpoint({
    runtime: {
      bus: {
        directory: {
          get: () => undefined,
          list: () => ({ items: [] }),
          search: () => Promise.resolve([]),
        },
        instances: () => [],
        lookUp: async () => undefined,
        open: async (operationId: string) => {
          if (!Object.hasOwn(answers, operationId))
            throw new CallError('OPERATION_NOT_FOUND', 'There is no such operation.')
          const answer = answers[operationId]
          if (answer instanceof Error) throw answer
          const envelope = localEnvelope(answer, operationId)
          return { kind: 'answer', result: { envelope } }
        },
      },
      live: { watch: () => () => undefined, hold: () => undefined },
      logger: {},
      config: { http: { maxBodyBytes: 1024 * 1024 } },
    },
    events: { toolCalled: () => {}, toolFailed: () => {}, protocolError: () => {} },
  })
  return async (method: string, params: object) => {
    const request = new Request('http://hub/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-06-18',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const response = await fetch(request, { authenticated: { identity: { id: 'a', scopes: [] } } })
    const text = await response.text()
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text)
  }
}

test('roles with a text, of their own or of a parent, are prompts', async () => {
  const ask = setUp({
    'roles.list': {
      items: [
        { name: 'a', prompt: 'x', description: 'A.' },
        { name: 'b', parent: 'a' },
        { name: 'c' },
      ],
      nextCursor: 'n',
    },
    'roles.get': { name: 'a', effective: { prompt: 'Review it.' } },
  })
  expect((await ask('prompts/list', {})).result).toMatchObject({
    prompts: [
      { name: 'a', description: 'A.' },
      { name: 'b', description: 'The role b.' },
    ],
    nextCursor: 'n',
  })
  expect((await ask('prompts/get', { name: 'a' })).result.messages).toEqual([
    { role: 'user', content: { type: 'text', text: 'Review it.' } },
  ])
})

test('a key that may not read roles has no prompts', async () => {
  const ask = setUp({})
  expect((await ask('prompts/list', {})).result.prompts).toEqual([])
  expect((await ask('prompts/get', { name: 'a' })).error.code).toBe(-32_602)
})

test('a name that no role can have is a prompt that is not there', async () => {
  const refused = new CallError('VALIDATION_ERROR', 'The input of roles.get does not fit.')
  const { error } = await setUp({ 'roles.get': refused })('prompts/get', { name: 'A b' })
  expect(error).toEqual({ code: -32_602, message: 'There is no prompt "A b".' })
})
