import { expect, test } from 'vitest'
import { CallError } from '../calls/call-error.ts'
import type { CallFrame } from '../calls/call-events.ts'
import { link } from '../fixtures/link.ts'
import { createMCPClient } from '../from-mcp.ts'
import { toolServer } from './mcp/from-mcp/fixtures/tool-server.ts'
import { PendingRequestMap } from '../calls/pending-request-map.ts'
import { OperationRegistry } from '../registry/registry.ts'
import { toMCP } from '../to-mcp.ts'
import type { IOperationDefinition } from '../registry/types.ts'

const fails = (): never => {
  throw new Error('hostile')
}
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const loop: { self?: object } = {}
loop.self = loop

/** Values that throw when they are read or serialized, or have no JSON text. */
const hostile: readonly (readonly [what: string, make: () => unknown])[] = [
  ['a BigInt', () => ({ a: 1n })],
  ['a getter that throws', () => Object.defineProperty({}, 'a', { enumerable: true, get: fails })],
  ['a toJSON that throws', () => ({ toJSON: fails })],
  ['a value that contains itself', () => loop],
  ['a revoked proxy', () => ({ a: revoked() })],
]

function registryOf(make: () => unknown): OperationRegistry {
  const registry = new OperationRegistry()
  const operation = (
    name: string,
    type: 'query' | 'subscription',
    handler: IOperationDefinition['handler'],
  ): void =>
    registry.register({
      namespace: 't',
      name,
      version: '1.0.0',
      type,
      description: 'x',
      inputSchema: { type: 'object' },
      outputSchema: {},
      accessControl: { requiredScopes: [] },
      handler,
    })
  operation('answer', 'query', make)
  operation('later', 'query', async () => make())
  operation('throws', 'query', () => {
    throw make()
  })
  operation('details', 'query', () => {
    throw new CallError('CONFLICT', 'x', make())
  })
  operation('items', 'subscription', async function* () {
    yield 1
    yield make()
  })
  operation('fine', 'query', () => 'fine')
  return registry
}

test.each(hostile)(
  '%s as a result, error or item fails its call with a code',
  async (_what, make) => {
    const registry = registryOf(make)
    const failed = { code: expect.stringMatching(/^(EXECUTION|UNKNOWN)_ERROR$/) }
    for (const name of ['answer', 'later', 'throws'])
      await expect(registry.execute(`t.${name}`, {})).rejects.toMatchObject(failed)
    const read = async (): Promise<void> => {
      for await (const _item of registry.subscribe('t.items', {}));
    }
    await expect(read()).rejects.toMatchObject(failed)
    expect((await registry.execute('t.fine', {})).data).toBe('fine')
  },
)

test.each(hostile)(
  'an MCP tool whose operation gives or throws %s answers with an error, and the next tool is called',
  async (_what, make) => {
    const set = toMCP(registryOf(make))
    const tools = set.list()
    await using server = await toolServer({
      tools: tools,
      call: (name, args) => set.call(name, args),
    })
    const client = await createMCPClient('hub', { url: server.url })
    const registry = new OperationRegistry()
    registry.registerAll(client.tools)
    try {
      const ends = []
      for (const { namespace, name } of client.tools)
        ends.push([
          name,
          await registry.execute(`${namespace}.${name}`, {}).then(
            () => 'ok',
            (error: unknown) => (error as CallError).code,
          ),
        ])
      expect(ends.filter(([, end]) => end === 'ok').map(([name]) => name)).toEqual(['t_fine'])
      expect(ends).toHaveLength(6)
      expect(ends.map(([, end]) => end)).not.toContain('TIMEOUT')
    } finally {
      await client.close()
    }
  },
)

test.each(hostile)(
  '%s as details of an error with a built-in code is left out, here and over a connection of JSON text',
  async (_what, make) => {
    const registry = registryOf(make)
    const bare = { code: 'CONFLICT', message: 'x', details: undefined }
    await expect(registry.execute('t.details', {})).rejects.toMatchObject(bare)
    await using pair = link(registry)
    await expect(pair.caller.calls.call('t.details', {})).rejects.toMatchObject(bare)
  },
)

test.each(hostile)(
  'an error that a program sends by itself with %s as details arrives without them',
  async (_what, make) => {
    const sent: unknown[] = []
    const map = new PendingRequestMap({
      send: (frame) => sent.push(JSON.parse(JSON.stringify(frame))),
    })
    map.emitError('r1', 'CONFLICT', 'x', make())
    expect(sent).toMatchObject([{ type: 'call.error', payload: { code: 'CONFLICT' } }])
    expect(sent[0]).not.toHaveProperty('payload.details')
  },
)

test('an error whose details the transport refuses is sent without them', async () => {
  const sent: unknown[] = []
  const refuse = (frame: CallFrame): void => {
    if ('details' in frame.payload) throw new Error('too large')
    sent.push(frame)
  }
  new PendingRequestMap({ send: refuse }).emitError('r1', 'CONFLICT', 'x', { big: true })
  expect(sent).toMatchObject([{ type: 'call.error', payload: { code: 'CONFLICT', message: 'x' } }])
  const target = { addEventListener() {}, removeEventListener() {}, dispatchEvent: () => true }
  const publish = async (frame: CallFrame): Promise<void> => refuse(frame)
  new PendingRequestMap({ ...target, publish }).emitError('r2', 'CONFLICT', 'y', { big: true })
  await expect.poll(() => sent.length).toBe(2)
})
