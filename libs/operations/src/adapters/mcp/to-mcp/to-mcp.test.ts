import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { CallError } from '../../../calls/call-error.ts'
import { createMCPClient } from '../../../from-mcp.ts'
import { toolServer } from '../from-mcp/fixtures/tool-server.ts'
import { OperationRegistry } from '../../../registry/registry.ts'
import { toMCP } from '../../../to-mcp.ts'
import type { IOperationDefinition } from '../../../registry/types.ts'
import { compileSchema } from '../../../schema/validator.ts'

function operation(name: string, more: Partial<IOperationDefinition>): IOperationDefinition {
  return {
    namespace: 'demo',
    name,
    version: '1',
    type: 'query',
    description: `Does ${name}.`,
    inputSchema: Type.Object({}),
    outputSchema: {},
    accessControl: { requiredScopes: [] },
    handler: () => null,
    ...more,
  }
}

const node = { type: 'object', properties: { next: { $ref: '#' }, n: { type: 'integer' } } }

function demo(): OperationRegistry {
  const registry = new OperationRegistry()
  registry.registerAll([
    operation('greet', {
      title: 'Greet',
      type: 'mutation',
      hints: { destructive: false, idempotent: true },
      inputSchema: Type.Object({ name: Type.String() }),
      outputSchema: Type.Object({ text: Type.String() }),
      handler: ({ name }: { name: string }) => ({ text: `Hello ${name}` }),
    }),
    operation('double', {
      inputSchema: Type.Number(),
      outputSchema: Type.Number(),
      handler: (n: number) => n * 2,
    }),
    operation('chain', {
      inputSchema: {
        type: 'array',
        items: { $ref: '#/$defs/N' },
        $defs: {
          N: {
            type: 'object',
            properties: { next: { $ref: '#/$defs/N' }, n: { type: 'integer' } },
          },
        },
      },
      outputSchema: { anyOf: [node, { type: 'null' }] },
      handler: (list: unknown[]) => list[0] ?? null,
    }),
    operation('count', {
      type: 'subscription',
      inputSchema: Type.Object({ to: Type.Integer() }),
      outputSchema: Type.Integer(),
      handler: async function* ({ to }: { to: number }) {
        for (let n = 1; n <= to; n++) yield n
      },
    }),
    operation('fail', {
      handler: () => {
        throw new CallError('CONFLICT', 'taken', { by: 'you' })
      },
    }),
    operation('guarded', {
      accessControl: { requiredScopes: ['a:b'] },
      handler: () => ({ ok: true }),
    }),
  ])
  registry.registerSpec({ ...operation('elsewhere', {}), handler: undefined } as never)
  return registry
}

test('operations that run here are tools: objects in and out, hints, and schemas that compile', () => {
  const tools = toMCP(demo()).list()
  expect(tools.map(({ name }) => name)).toEqual([
    'demo.greet',
    'demo.double',
    'demo.chain',
    'demo.count',
    'demo.fail',
    'demo.guarded',
  ])
  expect(tools[0]).toEqual({
    name: 'demo.greet',
    title: 'Greet',
    description: 'Does greet.',
    inputSchema: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    outputSchema: { type: 'object', required: ['text'], properties: { text: { type: 'string' } } },
    annotations: { title: 'Greet', destructiveHint: false, idempotentHint: true },
  })
  expect(tools[1]).toMatchObject({
    inputSchema: { type: 'object', properties: { input: { type: 'number' } }, required: ['input'] },
    outputSchema: { type: 'object', properties: { data: { type: 'number' } } },
    annotations: { readOnlyHint: true },
  })
  for (const { inputSchema, outputSchema } of tools) {
    compileSchema(inputSchema)
    compileSchema(outputSchema ?? {})
  }
  expect(
    compileSchema(tools[2]?.inputSchema ?? false).check({ input: [{ next: { n: 'x' } }] }),
  ).toBe(false)
})

test('a real client calls a real MCP server with these tools, in both eras, and gets complete results', async () => {
  const set = toMCP(demo())
  for (const protocol of ['auto', 'legacy'] as const) {
    const progress: number[] = []
    await using server = await toolServer({
      tools: set.list(),
      call: async (name, args, context) => {
        const token = context.mcpReq._meta?.progressToken
        return await set.call(name, args, {
          signal: context.mcpReq.signal,
          identity: { id: 'me', scopes: ['a:b'] },
          onProgress: async (report) => {
            if (token !== undefined)
              await context.mcpReq.notify({
                method: 'notifications/progress',
                params: { progressToken: token, ...report },
              })
          },
        })
      },
    })
    const client = await createMCPClient('hub', {
      url: server.url,
      protocol,
      onProgress: (report) => progress.push(report.progress),
    })
    const registry = new OperationRegistry()
    registry.registerAll(client.tools)
    const data = async (name: string, input: unknown): Promise<unknown> =>
      (await registry.execute(`hub.demo_${name}`, input)).data
    expect(await data('greet', { name: 'Ada' })).toEqual({ text: 'Hello Ada' })
    expect(await data('double', { input: 4 })).toEqual({ data: 8 })
    expect(await data('chain', { input: [{ next: { n: 1 } }] })).toEqual({
      data: { next: { n: 1 } },
    })
    expect(await data('count', { to: 3 })).toEqual({ items: [1, 2, 3], truncated: false })
    expect(await data('guarded', {})).toEqual({ data: { ok: true } })
    await expect(data('fail', {})).rejects.toMatchObject({
      code: 'EXECUTION_ERROR',
      message: '{"code":"CONFLICT","message":"taken","details":{"by":"you"}}',
    })
    expect(progress.slice(0, 2)).toEqual([1, 2])
    await client.close()
  }
})

test('failures are results for the model to read; only an unknown tool rejects', async () => {
  const set = toMCP(demo())
  expect(await set.call('demo.fail', {})).toEqual({
    isError: true,
    content: [
      { type: 'text', text: '{"code":"CONFLICT","message":"taken","details":{"by":"you"}}' },
    ],
    structuredContent: { code: 'CONFLICT', message: 'taken', details: { by: 'you' } },
  })
  expect(await set.call('demo.greet', { name: 1 })).toMatchObject({
    isError: true,
    structuredContent: { code: 'VALIDATION_ERROR' },
  })
  expect(await set.call('demo.guarded', {})).toMatchObject({
    isError: true,
    structuredContent: { code: 'ACCESS_DENIED' },
  })
  for (const name of ['demo.none', 'demo.elsewhere'])
    await expect(set.call(name, {})).rejects.toMatchObject({ code: 'OPERATION_NOT_FOUND' })
})

test('a subscription is cut at its limit and its source is ended', async () => {
  const registry = new OperationRegistry()
  let ended = false
  registry.register(
    operation('endless', {
      type: 'subscription',
      handler: async function* () {
        try {
          for (let n = 1; ; n++) yield n
        } finally {
          ended = true
        }
      },
    }),
  )
  expect(await toMCP(registry, { maxItems: 2 }).call('demo.endless', {})).toMatchObject({
    structuredContent: { items: [1, 2], truncated: true },
  })
  expect(ended).toBe(true)
})

test('added and removed operations are visible at once, and the caller chooses names and visibility', async () => {
  const registry = demo()
  const set = toMCP(registry, {
    filter: ({ name }) => name !== 'fail',
    toolName: ({ namespace, name }) => `${namespace}_${name}`,
  })
  registry.unregister('demo.greet')
  expect(set.list().map(({ name }) => name)).toEqual([
    'demo_double',
    'demo_chain',
    'demo_count',
    'demo_guarded',
  ])
  expect(await set.call('demo_double', { input: 1 })).toMatchObject({
    structuredContent: { data: 2 },
  })
  expect(() => toMCP(registry, { toolName: () => 'same' }).list()).toThrow(
    'Two operations are called same',
  )
})
