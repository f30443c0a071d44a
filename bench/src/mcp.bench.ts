import { startTortureStack } from '@alkdev/test/torture'
import { must } from '@alkdev/std'
import { Children } from './children.ts'
import { httpCaller } from './http-caller.ts'
import { toolCaller } from './mcp-caller.ts'
import type { ToolCaller } from './mcp-caller.ts'
import { inTurn } from './measure.ts'
import { untilAnswers } from './path-contender.ts'
import type { Row } from './row.ts'
import { INPUT } from './socket-caller.ts'

const OPTIONS = { sequential: 300, inFlight: 16, burstMs: 1500, rounds: 5, warmUpMs: 3000 }
const OPERATION = 'client.bare.bench.echo'

/** `call` and `search` of the MCP service in real processes, beside the bare server of the SDK without a hub, and beside the gateway. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
  await using children = new Children()
  const { url } = await stack.add('mcp')
  const broker = must(stack.brokers[0])
  await children.start('./hub-spoke-peer.ts', ['bare', broker.url, stack.key, 'bare'])
  const stub = await children.start('./mcp-stub-peer.ts', [])
  const input = { operationId: OPERATION, input: INPUT }
  const headers = { authorization: `Bearer ${stack.key}` }
  const callers: Readonly<Record<string, ToolCaller>> = {
    mcp: toolCaller(`${url}/mcp`, stack.key, 'call', input),
    stub: toolCaller(stub.said, stack.key, 'call', input),
    gateway: httpCaller(`${stack.gateway.url}/api/operations/${OPERATION}`, INPUT, headers),
    search: toolCaller(`${url}/mcp`, stack.key, 'search', { query: 'echo a text' }),
  }
  const all = Object.values(callers)
  for (const { call } of all) await untilAnswers(call)
  const measured = await inTurn(
    all.map(({ call }) => call),
    OPTIONS,
  )
  for (const { close } of all) close()
  const [mcp, bare, path, search] = measured
  if (!mcp || !bare || !path || !search) throw new Error('not measured')
  const ofStub = mcp.perSecond / bare.perSecond
  const addedUs = mcp.p50Us - path.p50Us
  const searchUs = search.p50Us - bare.p50Us
  return [
    {
      name: 'MCP `call` through hub and spoke, 16 in flight, beside the bare server of the SDK without a hub',
      value: mcp.perSecond,
      unit: '/s',
      reference: bare.perSecond,
      ratio: ofStub,
      noise: mcp.noise.perSecond + bare.noise.perSecond,
      target: '>= 2 x the server of the SDK',
      ok: ofStub >= 2,
    },
    {
      name: 'MCP `call`, one at a time, p50, more than the same call over the gateway',
      value: addedUs,
      unit: 'us',
      reference: path.p50Us,
      ratio: mcp.p50Us / path.p50Us,
      noise: mcp.noise.p50 + path.noise.p50,
      target: '<= 1000 us more',
      ok: addedUs <= 1000,
    },
    {
      name: 'MCP `search`, one at a time, p50, more than a call of the bare server of the SDK',
      value: searchUs,
      unit: 'us',
      reference: bare.p50Us,
      ratio: search.p50Us / bare.p50Us,
      noise: search.noise.p50 + bare.noise.p50,
      target: '<= 1000 us more',
      ok: searchUs <= 1000,
    },
  ]
}
