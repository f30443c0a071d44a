// Two processes, joined by anything that carries text in order (here: two callbacks, elsewhere a WebSocket).
import { setTimeout as sleep } from 'node:timers/promises'
import { createCallPeer, OperationRegistry } from '@alkdev/operations'
import type { CallFrame, CallPeer } from '@alkdev/operations'

const clock = new OperationRegistry()
clock.register({
  namespace: 'clock',
  name: 'ticks',
  version: '1.0.0',
  type: 'subscription',
  description: 'Counts until it has no reader.',
  inputSchema: { type: 'object', properties: { everyMs: { type: 'integer', minimum: 1 } } },
  outputSchema: { type: 'integer' },
  accessControl: { requiredScopes: ['clock:read'] },
  async *handler({ everyMs = 1 }: { everyMs?: number }, { signal }) {
    try {
      for (let tick = 1; ; tick++) {
        yield tick
        await sleep(everyMs, undefined, { signal })
      }
    } finally {
      console.log('the clock has stopped')
    }
  },
})

const send = (to: () => CallPeer) => (frame: CallFrame) => {
  const text = JSON.stringify(frame)
  setImmediate(() => to().receive(JSON.parse(text)))
}
// The identity of a caller comes from the connection, never from its messages.
const server: CallPeer = createCallPeer({
  registry: clock,
  send: send(() => client),
  identityOf: () => ({ id: 'anna', scopes: ['clock:read'] }),
})
const client: CallPeer = createCallPeer({
  registry: new OperationRegistry(),
  send: send(() => server),
})

for await (const { data } of client.calls.subscribe('clock.ticks', { everyMs: 1 })) {
  console.log(data)
  if (data === 3) break // aborts the producer
}
try {
  await client.calls.call('clock.nothing', {}, { timeoutMs: 1000 })
} catch (error) {
  console.log((error as Error).message)
}
await sleep(20)
await client[Symbol.asyncDispose]()
await server[Symbol.asyncDispose]()
