import { createBus } from '@alkdev/bus'
import type { Bus, RegistrySource } from '@alkdev/bus'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { OperationRegistry } from '@alkdev/operations'
import { Redis } from 'ioredis'

const KEY = Buffer.alloc(32, 1).toString('base64')

/** An echo with everything on: a scope to check and an input to validate. */
export const ECHO: OperationSpec = {
  namespace: 'tasks',
  name: 'echo',
  version: '1.0.0',
  type: 'query',
  description: 'Answers with its input.',
  inputSchema: {
    type: 'object',
    properties: { hello: { type: 'string' }, n: { type: 'number' } },
    required: ['hello', 'n'],
    additionalProperties: false,
  },
  outputSchema: { type: 'object' },
  accessControl: { requiredScopes: ['bench:run'] },
}

/** Never ends by itself; the process reports when its signal was aborted, in milliseconds since the epoch. */
export const HANG: OperationSpec = { ...ECHO, name: 'hang', type: 'mutation' }

export const CALLER: Identity = {
  id: '01890000-0000-7000-8000-000000000001',
  keyId: '01890000-0000-7000-8000-000000000002',
  orgIds: ['01890000-0000-7000-8000-000000000003'],
  scopes: ['bench:run', 'tasks:read'],
  resources: { 'project:01890000-0000-7000-8000-000000000004': ['read'] },
}

const source: RegistrySource = {
  loadAll: () => Promise.resolve({ change: 0, spokes: [] }),
  loadSince: () => Promise.resolve({ change: 0, spokes: [], removedSpokeIds: [] }),
}

export function benchBus(
  url: string,
  service: 'gateway' | 'coordinator',
  onEnded: () => void,
): Bus {
  return createBus({
    redis: { url },
    prefix: 'bench',
    busKey: KEY,
    service,
    instanceUrl: 'http://127.0.0.1:1',
    contracts: [ECHO, HANG].map((spec) => ({ spec, service: 'coordinator' as const })),
    source,
    onCallEnded: onEnded,
  })
}

/** The floor: request and reply over Redis pub/sub and nothing else. */
export async function floorServer(url: string): Promise<void> {
  const [pub, sub] = [new Redis(url), new Redis(url)]
  sub.on('message', (_channel, text: string) => {
    const { id, reply, input } = JSON.parse(text) as { id: number; reply: string; input: unknown }
    void pub.publish(reply, JSON.stringify({ id, output: input }))
  })
  await sub.subscribe('floor:requests')
}

export interface FloorClient {
  call(input: unknown): Promise<unknown>
  close(): void
}

export async function floorClient(url: string): Promise<FloorClient> {
  const [pub, sub] = [new Redis(url), new Redis(url)]
  const pending = new Map<number, (output: unknown) => void>()
  let next = 0
  sub.on('message', (_channel, text: string) => {
    const { id, output } = JSON.parse(text) as { id: number; output: unknown }
    pending.get(id)?.(output)
    pending.delete(id)
  })
  await sub.subscribe('floor:replies')
  return {
    call: (input) =>
      new Promise((resolve) => {
        pending.set(++next, resolve)
        void pub.publish(
          'floor:requests',
          JSON.stringify({ id: next, reply: 'floor:replies', input }),
        )
      }),
    close() {
      pub.disconnect()
      sub.disconnect()
    },
  }
}

const [, script, url] = process.argv
if (url !== undefined && script === import.meta.filename) {
  const bus = benchBus(url, 'coordinator', () => undefined)
  const registry = new OperationRegistry()
  registry.register({ ...ECHO, handler: (input: unknown) => input })
  registry.register({
    ...HANG,
    handler: (_input: unknown, { signal, requestId }) => {
      process.send?.({ started: requestId })
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          process.send?.({ aborted: performance.timeOrigin + performance.now() })
          reject(signal.reason as Error)
        })
      })
    },
  })
  bus.serveService(registry)
  await bus.start()
  await floorServer(url)
  process.send?.('ready')
}
