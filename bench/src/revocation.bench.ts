import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { startTortureStack } from '@alkdev/test/torture'
import { WebSocket } from 'ws'
import { median } from './measure.ts'
import type { Row } from './row.ts'

const ROUNDS = 24
const TARGET_MS = 1000
/** How often a process reads what has changed. */
const READ_EVERY_MS = 400
const GIVE_UP_MS = 10_000
/** Milliseconds between two tries at an entry point. */
const EVERY_MS = 10

interface EntryPoints {
  readonly gateway: string
  readonly broker: string
  readonly inference: string
  readonly mcp: string
}

/** Asks with the key; gives the status. */
type Ask = (key: string) => Promise<number>

async function call(gateway: string, key: string, operation: string, input: object) {
  const response = await fetch(`${gateway}/api/operations/${operation}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  const body = (await response.json()) as { data: Record<string, string> }
  if (!response.ok) throw new Error(`${operation}: ${JSON.stringify(body)}`)
  return body.data
}

async function statusOf(url: string, init: RequestInit): Promise<number> {
  const response = await fetch(url, init)
  await response.arrayBuffer()
  return response.status
}

function open(url: string, key: string): WebSocket {
  return new WebSocket(`${url.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${key}` },
  })
}

function upgradeStatus(url: string, key: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const socket = open(url, key)
  socket.once('open', () => {
    resolve(101)
    socket.terminate()
  })
  socket.once('unexpected-response', (_request, response) => {
    resolve(response.statusCode ?? 0)
    socket.terminate()
  })
  // Of the termination itself.
  socket.on('error', () => resolve(0))
  return promise
}

const asks = ({ gateway, broker, inference, mcp }: EntryPoints): Readonly<Record<string, Ask>> => {
  const headers = (key: string) => ({ authorization: `Bearer ${key}` })
  return {
    gateway: (key) => statusOf(`${gateway}/api/operations?limit=1`, { headers: headers(key) }),
    'spoke-broker': (key) => upgradeStatus(broker, key),
    'inference-proxy': (key) => statusOf(`${inference}/v1/models`, { headers: headers(key) }),
    mcp: (key) =>
      statusOf(`${mcp}/mcp`, {
        method: 'POST',
        headers: {
          ...headers(key),
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
      }),
    // Has no entry point: its calls arrive through the others.
    'coordinator, through the gateway': (key) =>
      statusOf(`${gateway}/api/operations/projects.list`, {
        method: 'POST',
        headers: { ...headers(key), 'content-type': 'application/json' },
        body: '{}',
      }),
  }
}

/** Milliseconds from `from` to the end of the first answer that refuses the key. */
async function untilRefused(ask: Ask, key: string, from: number): Promise<number> {
  while (performance.now() - from < GIVE_UP_MS) {
    if ((await ask(key)) === 401) return performance.now() - from
    await wait(EVERY_MS)
  }
  return GIVE_UP_MS
}

/** How soon a key that was revoked is refused by each service, and its open socket closed: real processes, each with the key in its memory. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
  const [broker] = stack.brokers
  if (!broker) throw new Error('no broker')
  const inference = await stack.add('inference-proxy')
  const mcp = await stack.add('mcp')
  await stack.add('coordinator')
  const gateway = stack.gateway.url
  const entryPoints = asks({ gateway, broker: broker.url, inference: inference.url, mcp: mcp.url })
  const times: Record<string, number[]> = {}
  const add = (name: string, ms: number): void => void (times[name] ??= []).push(ms)
  for (let round = 0; round < ROUNDS; round++) {
    const made = await call(gateway, stack.key, 'keys.create', {
      name: `revoked-${round}`,
      scopes: ['inference:use', 'projects:read', 'hub:*'],
    })
    const { key = '', keyId = '' } = made
    const socket = open(broker.url, key)
    await once(socket, 'open')
    const ended = once(socket, 'close')
    // Twice, so that every process has it in its memory; the coordinator is known to the gateway a moment after it is ready.
    for (const ask of [...Object.values(entryPoints), ...Object.values(entryPoints)])
      while ((await ask(key)) >= 400) await wait(EVERY_MS)
    // So that no process is always caught at the same moment between two readings of the change list.
    await wait(Math.random() * READ_EVERY_MS)
    await call(gateway, stack.key, 'keys.revoke', { keyId })
    const from = performance.now()
    const closes = ended.then(([code]) => {
      if (code !== 4401) throw new Error(`The socket closed with ${String(code)}.`)
      add('an open socket', performance.now() - from)
      return undefined
    })
    await Promise.all([
      closes,
      ...Object.entries(entryPoints).map(async ([name, ask]) =>
        add(name, await untilRefused(ask, key, from)),
      ),
    ])
  }
  return Object.entries(times).map(([name, all]) => {
    const worst = Math.max(...all)
    return {
      name: `keys.revoke answered -> ${name === 'an open socket' ? 'an open socket closed' : `refused by ${name}`}, worst of ${all.length}`,
      value: worst,
      unit: 'ms',
      reference: median(all),
      target: `<= ${TARGET_MS} ms (reference: the median)`,
      ok: worst <= TARGET_MS,
    }
  })
}
