import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { CallSink, ProvidedCall } from '@alkdev/bus'
import { localEnvelope } from '@alkdev/operations'
import type { CallFrame, OperationSpec } from '@alkdev/operations'
import type { WebSocket } from 'ws'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Connection } from '../connection/connection.ts'
import { Heartbeat } from '../connection/heartbeat.ts'
import type { BrokerEvents } from '../events.ts'
import { SchemaChecks } from '../schemas/schema-checks.ts'
import { AttachedSpoke } from './attached-spoke.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => vi.useRealTimers())

const work: OperationSpec = {
  namespace: 't',
  name: 'work',
  version: '1.0.0',
  type: 'mutation',
  description: 'Works.',
  inputSchema: {},
  outputSchema: {},
  accessControl: { requiredScopes: [] },
}
const nobodyListens = (): void => undefined
const events: BrokerEvents = {
  closed: nobodyListens,
  badFrame: nobodyListens,
  strayFrame: nobodyListens,
  refused: nobodyListens,
  lateAnswer: nobodyListens,
  attached: nobodyListens,
  registered: nobodyListens,
  suspended: nobodyListens,
  detached: nobodyListens,
}

/** A fake connection: records sent frames, and the test injects received ones. */
class Wire extends EventEmitter {
  readonly readyState = 1
  readonly bufferedAmount = 0
  readonly sent: CallFrame[] = []

  send(text: string): void {
    this.sent.push(JSON.parse(text) as CallFrame)
  }
}

/** An attached spoke with the given capacity, and the results that its callers got. */
function attached(capacity: number, maxQueued: number) {
  const wire = new Wire()
  const heartbeat = new Heartbeat(60_000, 3)
  heartbeat.stop()
  const spoke = new AttachedSpoke({
    info: { spokeId: 's', name: 'busy', ownerId: 'o', epoch: 1 },
    connection: new Connection(wire as unknown as WebSocket, {
      tcpSocket: { cork: nobodyListens, uncork: nobodyListens } as unknown as Socket,
      from: {} as never,
      relay: undefined,
      authenticated: { identity: { id: 'o', scopes: [] } },
      heartbeat,
      maxBufferedBytes: 1_000_000,
      events,
    }),
    sessionToken: 't',
    projectId: undefined,
    capacity,
    offered: new Map(),
    schemas: new SchemaChecks(),
    limits: {
      maxInFlight: 256,
      maxQueued,
      maxPayloadBytes: 1_000_000,
      maxBufferedBytes: 1_000_000,
    },
    events,
  })
  spoke.open()
  const results: unknown[][] = []
  const refusals: string[] = []
  let calls = 0
  /** Dispatches a call to it. Returns its id and a function that aborts it. */
  const ask = (): { id: string; caller: AbortController } => {
    const id = `c${(calls += 1)}`
    const caller = new AbortController()
    const call: ProvidedCall = {
      header: {
        callId: id,
        operationId: 'client.busy.t.work',
        input: {},
        principal: { id: 'caller', scopes: [] },
        actor: { kind: 'service', name: 'gateway', instanceId: 'g' },
        depth: 0,
      },
      attempt: 1,
      spec: work,
      target: { kind: 'spoke', spokeId: 's', epoch: 1, name: 't.work' },
      remainingMs: 600_000,
      signal: caller.signal,
    }
    const sink: CallSink = {
      started: nobodyListens,
      item: () => Promise.resolve(),
      respond: () => void results.push([id, 'answered']),
      complete: () => void results.push([id, 'completed']),
      fail: (error) => void results.push([id, (error as { code: string }).code]),
      refuse: (code, message, retryAfterMs) => {
        results.push([id, code, retryAfterMs])
        refusals.push(message)
      },
      lost: () => void results.push([id, 'lost']),
    }
    spoke.provide(call, sink, 't.work')
    return { id, caller }
  }
  const answer = (requestId: string): void => {
    const output = localEnvelope(null, 't.work')
    const payload = { requestId, output, timestamp: Date.now() }
    spoke.receive({ type: 'call.responded', id: requestId, payload }, 100)
  }
  const given = (): string[] =>
    wire.sent.filter(({ type }) => type === 'call.requested').map(({ id }) => id)
  return { wire, ask, answer, given, results, refusals }
}

test('(row 15) a refused caller gets the median service time x queue length / capacity as its retry time', () => {
  const { ask, answer, given, results } = attached(2, 6)
  for (const ms of [900, 300, 500]) {
    const { id } = ask()
    vi.advanceTimersByTime(ms)
    answer(id)
  }
  results.length = 0
  for (let at = 0; at < 8; at++) ask()
  expect(given()).toHaveLength(3 + 2)
  expect(results).toEqual([])
  const { id } = ask()
  // Six are queued already; this one would be the seventh.
  expect(results).toEqual([[id, 'OVERLOADED', (500 * 7) / 2]])
  expect(given()).not.toContain(id)
})

test('(row 15) a spoke that has answered nothing yet counts with 100 ms', () => {
  const { ask, results, refusals } = attached(1, 3)
  for (let at = 0; at < 4; at++) ask()
  const { id } = ask()
  expect(results).toEqual([[id, 'OVERLOADED', 400]])
  expect(refusals).toEqual([
    expect.stringMatching(
      /is at capacity: 1 of at most 1 calls run, and 3 wait \(spokes\.maxQueuedPerSocket: 3\)\.$/,
    ),
  ])
})

test('(row 17) a call whose abort the spoke does not confirm keeps its slot for 10 s, then the slot is free for the next call', () => {
  const { wire, ask, answer, given, results } = attached(1, 3)
  const { id, caller } = ask()
  const next = ask()
  caller.abort(new Error('changed my mind'))
  expect(wire.sent.at(-1)).toMatchObject({
    type: 'call.aborted',
    id,
    payload: { reason: 'changed my mind' },
  })
  vi.advanceTimersByTime(9999)
  expect(given()).toEqual([id])
  expect(results).toEqual([])
  vi.advanceTimersByTime(1)
  expect(results).toEqual([[id, 'ABORTED']])
  expect(given()).toEqual([id, next.id])
  // Its late answer belongs to no call.
  answer(id)
  answer(next.id)
  expect(results).toEqual([
    [id, 'ABORTED'],
    [next.id, 'answered'],
  ])
})
