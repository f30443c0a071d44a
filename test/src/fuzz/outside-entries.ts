import { CallError, OperationRegistry } from '@alkdev/operations'
import { createMCPClient } from '@alkdev/operations/from-mcp'
import { FromOpenAPI } from '@alkdev/operations/from-openapi'
import type { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import { oneHostile } from './one-hostile.ts'
import { codedOutcome } from './outcome.ts'
import type { Outcome } from './tally.ts'

const CALL_MS = 5000

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    await work
    return { is: 'ok' }
  } catch (error) {
    if (error instanceof CallError) return codedOutcome(error.code, error.message)
    return { is: 'fault', what: `threw ${String(error)}` }
  }
}

const ITEM_SCHEMA = {
  type: 'object',
  required: ['id', 'name'],
  properties: {
    id: { type: 'integer' },
    name: { type: 'string', maxLength: 100 },
    tags: { type: 'array', items: { type: 'string' } },
    nested: {
      type: 'object',
      properties: { at: { type: 'string', format: 'date-time' }, ratio: { type: 'number' } },
    },
  },
}
const PARAMETERS = [
  { name: 'at', in: 'path', required: true, schema: { type: 'integer' } },
  { name: 'q', in: 'query', schema: {} },
  { name: 'filter', in: 'query', style: 'deepObject', explode: true, schema: { type: 'object' } },
  { name: 'x-h', in: 'header', schema: {} },
]
const INPUT = { at: 1, q: 'x', filter: { a: 'b' }, 'x-h': 'h' }

/** A call of an imported HTTP service, in this process, as a spoke makes it: one member of the input, or of the answer, is hostile. */
function openapiAnswer({ outside }: FuzzTarget, random: Random): Promise<Outcome> {
  const stream = random.next() < 0.3
  const schema = random.next() < 0.7 ? ITEM_SCHEMA : {}
  const content = { [stream ? 'text/event-stream' : 'application/json']: { schema } }
  const operation = {
    operationId: 'x',
    parameters: PARAMETERS,
    responses: { 200: { description: 'x', content } },
  }
  const registry = new OperationRegistry()
  registry.registerAll(
    FromOpenAPI(
      {
        openapi: '3.1.0',
        info: { version: '1' },
        paths: { [stream ? '/events/{at}' : '/api/{at}']: { get: operation } },
      },
      { namespace: 'a', baseUrl: outside, timeout: CALL_MS, sse: { resume: 'never' } },
    ),
  )
  const input: unknown =
    random.next() < 0.5
      ? { ...INPUT, at: random.between(0, 1e9) }
      : JSON.parse(oneHostile(random, INPUT))
  if (registry.getSpec('a.x')?.type !== 'subscription')
    return outcomeOf(registry.execute('a.x', input))
  return outcomeOf(
    (async () => {
      for await (const item of registry.subscribe('a.x', input)) void item
    })(),
  )
}

/** A connection to a hostile MCP server, and a call if it gets that far. */
function mcpAnswer({ outside }: FuzzTarget, random: Random): Promise<Outcome> {
  const connect = async (): Promise<void> => {
    const wrapper = await createMCPClient('m', {
      url: `${outside}/mcp/${random.between(0, 1e9)}`,
      protocol: random.next() < 0.5 ? 'auto' : 'legacy',
      connectTimeout: 1500,
      timeout: 1500,
    })
    const registry = new OperationRegistry()
    try {
      registry.registerAll(wrapper.tools)
      for (const { namespace, name } of wrapper.tools.slice(0, 1))
        await registry.execute(`${namespace}.${name}`, { a: 'x' })
    } finally {
      await wrapper.close()
    }
  }
  return outcomeOf(connect())
}

export const outsideEntries: readonly EntryPoint[] = [
  { name: 'OpenAPI server answer', weight: 4, run: openapiAnswer },
  { name: 'MCP server answer', weight: 2, run: mcpAnswer },
]
