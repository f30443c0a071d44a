import { CallError, OperationRegistry } from '@alkdev/operations'
import { createMCPClient } from '@alkdev/operations/from-mcp'
import { FromOpenAPI } from '@alkdev/operations/from-openapi'
import type { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
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

/** A call of an imported HTTP service, in this process, as a spoke makes it. */
function openapiAnswer({ outside }: FuzzTarget, random: Random): Promise<Outcome> {
  const stream = random.next() < 0.3
  const content = stream
    ? { 'text/event-stream': { schema: {} } }
    : { 'application/json': { schema: {} } }
  const document = {
    openapi: '3.1.0',
    info: { version: '1' },
    paths: {
      '/api/x': { get: { operationId: 'x', responses: { 200: { description: 'x', content } } } },
    },
  }
  const registry = new OperationRegistry()
  registry.registerAll(
    FromOpenAPI(document, {
      namespace: 'a',
      baseUrl: outside,
      timeout: CALL_MS,
      sse: { resume: 'never' },
    }),
  )
  if (registry.getSpec('a.x')?.type !== 'subscription')
    return outcomeOf(registry.execute('a.x', {}))
  return outcomeOf(
    (async () => {
      for await (const item of registry.subscribe('a.x', {})) void item
    })(),
  )
}

/** A connection to a hostile MCP server, and a call if it gets that far. */
function mcpAnswer({ outside }: FuzzTarget, random: Random): Promise<Outcome> {
  const connect = async (): Promise<void> => {
    const wrapper = await createMCPClient('m', {
      url: `${outside}/mcp`,
      protocol: random.next() < 0.5 ? 'auto' : 'legacy',
      connectTimeout: 1500,
      timeout: 1500,
    })
    const registry = new OperationRegistry()
    try {
      registry.registerAll(wrapper.tools)
      for (const { namespace, name } of wrapper.tools.slice(0, 1))
        await registry.execute(`${namespace}.${name}`, {})
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
