import { Type } from '@alkdev/typebox'
import { expect, test, vi } from 'vitest'
import { attachSpoke, CodedError, HubConnection, mutation, query, subscription } from './index.ts'
import type { SpokeContext, SpokeOptions } from './index.ts'
import { createTestHub } from './testing.ts'
import type { TestHub } from './testing.ts'

const Text = Type.Object({ text: Type.String() })
const Count = Type.Object({ count: Type.Integer() })
const none = Type.Object({})
const quiet = (): void => {}

const say = query(
  {
    id: 'echo.say',
    description:
      "{ id: 'echo.say', description: 'Returns its input.', input: Text, output: Text },",
    input: Text,
    output: Text,
  },
  ({ text }) => ({ text }),
)
const upTo = subscription(
  { id: 'numbers.upTo', description: 'Counts.', input: Count, output: Type.Integer() },
  async function* ({ count }) {
    for (let n = 1; n <= count; n++) yield n
  },
)

function attach(hub: TestHub, options: Partial<SpokeOptions> = {}) {
  return attachSpoke({
    ...hub.connection(),
    name: 'laptop',
    operations: [say],
    onLog: quiet,
    ...options,
  })
}

/** A handler that a test controls. */
function held(resumable: boolean) {
  const started = Promise.withResolvers<SpokeContext>()
  const release = Promise.withResolvers<{ text: string }>()
  let starts = 0
  const operation = mutation(
    { id: 'work.hold', description: 'Waits.', input: none, output: Text, resumable },
    (_input, context) => {
      starts += 1
      started.resolve(context)
      return release.promise
    },
  )
  return { operation, started: started.promise, release: release.resolve, starts: () => starts }
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error as CodedError).code,
  )

test('a spoke attaches, is called by its own operation name and by the hub’s, and streams', async () => {
  await using hub = createTestHub()
  await using spoke = attach(hub, { operations: [say, upTo] })
  const { operations } = await spoke.attached()
  expect(operations.map(({ operationId }) => operationId)).toEqual([
    'client.laptop.echo.say',
    'client.laptop.numbers.upTo',
  ])
  expect(await hub.call('echo.say', { text: 'a' })).toEqual({ text: 'a' })
  expect(await hub.call('client.laptop.echo.say', { text: 'b' })).toEqual({ text: 'b' })
  const items: unknown[] = []
  for await (const item of hub.subscribe('numbers.upTo', { count: 200 })) items.push(item)
  expect(items).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
})

test('a spoke and a client call the hub and other spokes, and read streams', async () => {
  const now = query(
    { id: 'clock.now', description: 'The time.', input: none, output: Count },
    () => ({ count: 7 }),
  )
  await using hub = createTestHub({ operations: [now] })
  await using other = attach(hub, { name: 'other', operations: [upTo] })
  await other.attached()
  await using spoke = attach(hub)
  await spoke.attached()
  await using client = await HubConnection.open(hub.connection())
  for (const caller of [spoke, client]) {
    expect(await caller.call('clock.now')).toEqual({ count: 7 })
    expect(await caller.call('hub.schema', { operationId: 'client.other.numbers.upTo' })).toEqual(
      expect.objectContaining({ namespace: 'numbers', type: 'subscription' }),
    )
    const items: unknown[] = []
    for await (const item of caller.subscribe('client.other.numbers.upTo', { count: 3 }))
      items.push(item)
    expect(items).toEqual([1, 2, 3])
    expect(await codeOf(caller.call('no.such'))).toBe('OPERATION_NOT_FOUND')
    expect(await codeOf(caller.call('client.other.numbers.upTo', { count: 9 }))).toBe(
      'VALIDATION_ERROR',
    )
  }
})

test('a nested call is made on the socket of its parent, also while another socket takes over', async () => {
  const gate = Promise.withResolvers<void>()
  const outer = mutation(
    { id: 'work.nest', description: 'Calls on.', input: none, output: Text },
    async (_input, { call }) => {
      await gate.promise
      return call('client.other.echo.say', { text: 'nested' })
    },
  )
  await using hub = createTestHub()
  await using other = attach(hub, { name: 'other' })
  await other.attached()
  let attaches = 0
  await using spoke = attach(hub, { operations: [outer], onAttached: () => (attaches += 1) })
  await spoke.attached()
  const answer = hub.call('work.nest')
  hub.drain('laptop')
  await vi.waitFor(() => expect(attaches).toBe(2))
  gate.resolve()
  expect(await answer).toEqual({ text: 'nested' })
})

test('hub.draining moves new calls to a new socket while the old one answers its calls', async () => {
  await using hub = createTestHub()
  const slow = held(false)
  let attaches = 0
  await using spoke = attach(hub, {
    operations: [slow.operation, say],
    onAttached: () => (attaches += 1),
  })
  await spoke.attached()
  const answer = hub.call('work.hold')
  const { signal } = await slow.started
  hub.drain()
  await vi.waitFor(() => expect(attaches).toBe(2))
  expect(await hub.call('echo.say', { text: 'new' })).toEqual({ text: 'new' })
  expect(signal.aborted).toBe(false)
  slow.release({ text: 'old' })
  expect(await answer).toEqual({ text: 'old' })
})

test('a call that cannot be resumed is aborted with its socket, and its caller gets an error', async () => {
  await using hub = createTestHub()
  const work = held(false)
  await using spoke = attach(hub, { operations: [work.operation] })
  await spoke.attached()
  const answer = codeOf(hub.call('work.hold'))
  const { signal } = await work.started
  hub.cut()
  expect(await answer).toBe('PROVIDER_LOST')
  await vi.waitFor(() => expect(signal.aborted).toBe(true))
})

test('a resumable call survives a lost connection, starts once, and its answer arrives (row 12)', async () => {
  await using hub = createTestHub()
  const work = held(true)
  await using spoke = attach(hub, { operations: [work.operation] })
  await spoke.attached()
  const answer = hub.call('work.hold')
  const { signal } = await work.started
  hub.cut()
  await vi.waitFor(() => expect(hub.spokes).toEqual(['laptop']))
  work.release({ text: 'after the cut' })
  expect(await answer).toEqual({ text: 'after the cut' })
  expect(work.starts()).toBe(1)
  expect(signal.aborted).toBe(false)
})

test('an answer that was lost with its socket is sent again (row 12)', async () => {
  await using hub = createTestHub()
  const work = held(true)
  await using spoke = attach(hub, { operations: [work.operation] })
  await spoke.attached()
  const answer = hub.call('work.hold')
  await work.started
  work.release({ text: 'lost at first' })
  // The answer is written to the socket in this turn; the cut comes before it has arrived.
  await Promise.resolve()
  await Promise.resolve()
  await Promise.resolve()
  hub.cut()
  expect(await answer).toEqual({ text: 'lost at first' })
  expect(work.starts()).toBe(1)
})

test('an answer that ended while there was no connection is sent after the reconnect', async () => {
  await using hub = createTestHub()
  const work = held(true)
  await using spoke = attach(hub, { operations: [work.operation] })
  await spoke.attached()
  const answer = hub.call('work.hold')
  await work.started
  hub.refuse()
  hub.cut()
  work.release({ text: 'meanwhile' })
  await new Promise(setImmediate)
  hub.admit()
  expect(await answer).toEqual({ text: 'meanwhile' })
})

test('a resumable stream holds its items back while there is no connection', async () => {
  await using hub = createTestHub()
  const go = Promise.withResolvers<void>()
  const stream = subscription(
    {
      id: 'work.items',
      description: 'Items.',
      input: none,
      output: Type.Integer(),
      resumable: true,
    },
    async function* () {
      yield 1
      await go.promise
      yield 2
      yield 3
    },
  )
  await using spoke = attach(hub, { operations: [stream] })
  await spoke.attached()
  const items = hub.subscribe<number>('work.items')
  expect((await items.next()).value).toBe(1)
  hub.refuse()
  hub.cut()
  go.resolve()
  await new Promise(setImmediate)
  hub.admit()
  expect((await items.next()).value).toBe(2)
  expect((await items.next()).value).toBe(3)
  expect((await items.next()).done).toBe(true)
})

test('a call that the hub no longer has is aborted at the reconnect', async () => {
  await using hub = createTestHub({ resumeMs: 1 })
  const work = held(true)
  await using spoke = attach(hub, { operations: [work.operation] })
  await spoke.attached()
  const answer = codeOf(hub.call('work.hold'))
  const { signal } = await work.started
  hub.refuse()
  hub.cut()
  expect(await answer).toBe('PROVIDER_LOST')
  expect(signal.aborted).toBe(false)
  hub.admit()
  await vi.waitFor(() => expect(signal.aborted).toBe(true))
})

test('a spoke reconnects as long as it is refused, with increasing delays up to 10 s (row 11)', async () => {
  await using hub = createTestHub()
  const delays: number[] = []
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const spoke = attach(hub, { onReconnecting: (_reason, delayMs) => delays.push(delayMs) })
    await spoke.attached()
    hub.refuse()
    hub.cut()
    while (delays.length < 60) {
      await new Promise(setImmediate)
      await vi.advanceTimersByTimeAsync(10_000)
    }
    expect(Math.max(...delays)).toBeLessThanOrEqual(10_000)
    expect(Math.max(...delays.slice(20))).toBeGreaterThan(5000)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(50)
    expect(new Set(delays).size).toBeGreaterThan(30)
    hub.admit()
    await vi.advanceTimersByTimeAsync(10_000)
    await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(spoke.isAttached).toBe(true)
    const stopped = spoke.stop()
    await vi.advanceTimersByTimeAsync(1000)
    await stopped
  } finally {
    vi.useRealTimers()
  }
})

test('a spoke waits as long as the hub asks', async () => {
  await using hub = createTestHub()
  hub.refuse(new CodedError('PROVIDER_UNAVAILABLE', 'Not now.', { retryAfterMs: 30_000 }))
  const delay = Promise.withResolvers<number>()
  await using _spoke = attach(hub, { onReconnecting: (_reason, delayMs) => delay.resolve(delayMs) })
  expect(await delay.promise).toBe(30_000)
})

test.each([
  [4401, 'UNAUTHENTICATED'],
  [4409, 'CONFLICT'],
])('close code %i ends the spoke, and `ended` tells', async (closeCode, code) => {
  await using hub = createTestHub()
  const spoke = attach(hub)
  await spoke.attached()
  hub.close(closeCode)
  expect(await codeOf(spoke.ended)).toBe(code)
  expect(hub.spokes).toEqual([])
  expect(await codeOf(spoke.call('hub.list'))).toBe('PROVIDER_UNAVAILABLE')
  await spoke.stop()
})

test.each([
  ['disconnected by an operator', 'An operator disconnected this spoke.', 'disconnected'],
  ['attached elsewhere', 'Another process attached under the same name.', 'taken-over'],
])('4409 with "%s" is reported as its cause', async (said, message, reason) => {
  await using hub = createTestHub()
  const spoke = attach(hub)
  await spoke.attached()
  hub.close(4409, undefined, said)
  await expect(spoke.ended).rejects.toMatchObject({
    code: 'CONFLICT',
    message,
    details: { reason },
  })
})

test('a take-over while the old instance drains does not cause another take-over', async () => {
  await using hub = createTestHub()
  const spoke = attach(hub)
  await spoke.attached()
  hub.drain()
  hub.close(4409)
  expect(await codeOf(spoke.ended)).toBe('CONFLICT')
})

test('a refused key ends the spoke before it is attached', async () => {
  await using hub = createTestHub({ keys: ['alk_good'] })
  const spoke = attach(hub)
  expect(await codeOf(spoke.attached())).toBe('UNAUTHENTICATED')
  expect(await codeOf(spoke.ended)).toBe('UNAUTHENTICATED')
})

test('stop accepts no new calls, lets those in flight end, and closes with 1000', async () => {
  await using hub = createTestHub()
  const work = held(false)
  const spoke = attach(hub, { operations: [work.operation, say] })
  await spoke.attached()
  const answer = hub.call('work.hold')
  await work.started
  const stopped = spoke.stop()
  await vi.waitFor(() => expect(hub.spokes).toEqual([]))
  expect(await codeOf(hub.call('echo.say', { text: 'too late' }))).toBe('PROVIDER_UNAVAILABLE')
  work.release({ text: 'in time' })
  expect(await answer).toEqual({ text: 'in time' })
  await stopped
  await spoke.ended
})

test('a handler that ignores its signal does not delay a stop beyond its budget', async () => {
  await using hub = createTestHub()
  const work = held(false)
  const spoke = attach(hub, { operations: [work.operation] })
  await spoke.attached()
  const answer = codeOf(hub.call('work.hold'))
  const { signal } = await work.started
  await spoke.stop({ timeoutMs: 20 })
  expect(signal.aborted).toBe(true)
  expect(await answer).toBe('PROVIDER_LOST')
})

test('stop during a reconnect takes effect at once, and the spoke does not reconnect afterwards', async () => {
  await using hub = createTestHub()
  const waiting = Promise.withResolvers<void>()
  let tries = 0
  const spoke = attach(hub, {
    onReconnecting: () => {
      tries += 1
      waiting.resolve()
    },
  })
  await spoke.attached()
  hub.refuse(new CodedError('PROVIDER_UNAVAILABLE', 'Not now.', { retryAfterMs: 60_000 }))
  hub.cut()
  await waiting.promise
  hub.admit()
  const before = tries
  await spoke.stop()
  await spoke.ended
  expect(tries).toBe(before)
  expect(hub.spokes).toEqual([])
})

test('stop before the first attach rejects `attached`', async () => {
  await using hub = createTestHub()
  hub.refuse()
  const spoke = attach(hub)
  await spoke.stop()
  expect(await codeOf(spoke.attached())).toBe('ABORTED')
})

test('another set of operations is offered without a reconnect, and an invalid one changes nothing', async () => {
  await using hub = createTestHub()
  let attaches = 0
  await using spoke = attach(hub, { onAttached: () => (attaches += 1) })
  await spoke.attached()
  await spoke.offer([upTo])
  expect([...hub.operations.keys()]).toEqual(['client.laptop.numbers.upTo'])
  const broken = { ...say, inputSchema: { type: 'nonsense' } }
  expect(await codeOf(spoke.offer([broken]))).toBe('VALIDATION_ERROR')
  expect(await codeOf(hub.call('echo.say', { text: '' }))).toBe('OPERATION_NOT_FOUND')
  expect(attaches).toBe(1)
  hub.refuse()
  hub.cut()
  expect(await codeOf(spoke.offer([say]))).toBe('PROVIDER_UNAVAILABLE')
})

test('calls of a spoke are lost with its socket, and refused while there is none', async () => {
  const never = query(
    { id: 'hang.up', description: 'Never answers.', input: none, output: none },
    () => new Promise<Record<string, never>>(() => {}),
  )
  await using hub = createTestHub({ operations: [never] })
  await using spoke = attach(hub)
  await spoke.attached()
  const pending = codeOf(spoke.call('hang.up'))
  await new Promise(setImmediate)
  hub.refuse()
  hub.cut()
  expect(await pending).toBe('PROVIDER_LOST')
  expect(await codeOf(spoke.call('hang.up'))).toBe('PROVIDER_UNAVAILABLE')
})
