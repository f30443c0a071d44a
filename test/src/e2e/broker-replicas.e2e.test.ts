import { setTimeout as wait } from 'node:timers/promises'
import type { RunningService } from '@alkdev/service'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { call } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf, took } from './broker-spoke.ts'

let hub: TestStack
let key: TestKey
let second: RunningService
let names = 0
let name: string

beforeAll(async () => {
  // Several tests wait until a spoke that is gone is given up.
  hub = await startTestStack({ spokes: { suspendedMs: 5000 } })
  second = await hub.addBroker()
  key = await hub.createKey(['spokes:attach', 'hub:*'], hub.admin.accountId)
})
beforeEach(() => {
  name = `r${(names += 1)}`
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const over = (id: string, input: unknown = {}) => call(hub, hub.admin, id, input)
const attachAt = (url: string, operations: readonly object[], more: object = {}) =>
  HandSpoke.attach(url, key.key, name, operations, more)
const resumable = specOf('build', { type: 'mutation', resumable: true })

/** Repeats a call that no provider took: nothing ran. On a full machine a broker can lose its lease for a moment. */
async function untilTaken<T>(send: () => Promise<T>, codeOf: (end: T) => unknown): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const end = await send()
    if (codeOf(end) !== 'PROVIDER_UNAVAILABLE' || Date.now() > deadline) return end
    await wait(200)
  }
}

test('(row 1) when a spoke dies in the middle of a call, every caller gets the error, on every replica and behind the gateway', async () => {
  for (const url of [hub.broker, second.url]) {
    name = `${name}-x`
    const spoke = await attachAt(url, [specOf('slow', { type: 'mutation' })])
    await using near = await PlainSocket.open(hub.broker, hub.admin.key)
    await using far = await PlainSocket.open(second.url, hub.admin.key)
    // The longest possible time: no caller learns of the loss by its own time-out.
    const most = { timeoutMs: 600_000 }
    const id = spoke.id('slow')
    const calls = [near, near, far, far].map((socket) =>
      untilTaken(
        () => socket.call(id, {}, most),
        ({ payload }) => payload.code,
      ),
    )
    const http = [1, 2].map(() =>
      untilTaken(
        () => over(id),
        ({ body }) => body.code,
      ),
    )
    // A call that ends early shows its end here, instead of a spoke that waits for it.
    const early = Promise.race([...calls, ...http]).then((end) => {
      throw new Error(`a call ended before the spoke was asked: ${JSON.stringify(end)}`)
    })
    early.catch(() => undefined)
    const asked = async (): Promise<void> => {
      for (const _ of [...calls, ...http]) await spoke.asked()
    }
    await Promise.race([asked(), early])
    spoke.cut()
    for (const { payload } of await Promise.all(calls))
      expect(payload).toMatchObject({ code: 'PROVIDER_LOST', details: { outcome: 'unknown' } })
    for (const { status, body } of await Promise.all(http))
      expect([status, body.code]).toEqual([502, 'PROVIDER_LOST'])
  }
})

test('(row 1) a safe call of a spoke that dies goes to another one, as a new attempt', async () => {
  const pooled = specOf('find', { namespace: `p${name}`, pool: true })
  const first = await attachAt(hub.broker, [pooled])
  const pending = over(`p${name}.find`)
  const request = await first.asked()
  const other = name
  name = `${name}-b`
  await using next = await attachAt(second.url, [pooled])
  first.cut()
  const again = await next.asked()
  expect(again.id).toBe(`${request.id}.2`)
  next.answer(again.id, 'from the second')
  expect((await pending).body.data).toBe('from the second')
  expect((await over(`client.${other}.p${other}.find`)).body.code).toBe('PROVIDER_UNAVAILABLE')
})

test('(row 3) dead members of a pool swallow no call', async () => {
  const pooled = specOf('find', { namespace: `p${name}`, pool: true })
  const base = name
  name = `${base}-steady`
  await using steady = await attachAt(hub.broker, [pooled])
  steady.socket.socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as { type: string; id: string }
    if (frame.type === 'call.requested') steady.answer(frame.id, 'ok')
  })
  const churning = new AbortController()
  const churn = (async () => {
    for (let at = 0; !churning.signal.aborted; at++) {
      name = `${base}-${at % 3}`
      const spoke = await attachAt(at % 2 ? second.url : hub.broker, [pooled])
      await wait(30)
      spoke.cut()
    }
  })()
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const statuses: number[] = []
      for (let at = 0; at < 25; at++) statuses.push((await over(`p${base}.find`)).status)
      return statuses
    }),
  )
  churning.abort()
  await churn
  expect(answers.flat().filter((status) => status !== 200)).toEqual([])
})

test('(row 4) a spoke that returns without its token takes its name over on any replica; the old socket is closed with 4409', async () => {
  const old = await attachAt(hub.broker, [specOf('slow', { resumable: true }), specOf('x')])
  const pending = over(old.id('slow'))
  await old.asked()
  await using taken = await attachAt(second.url, [specOf('x')])
  expect((await old.socket.closed).code).toBe(4409)
  // The new replica does not know the call, so it is not kept.
  expect((await pending).body.code).toBe('PROVIDER_LOST')
  const now = over(taken.id('x'))
  taken.answer((await taken.asked()).id, 'new')
  expect((await now).body.data).toBe('new')
})

test.each(['open', 'cut'])(
  'V8: who takes a name over without the session token gets none of its calls, even by naming their ids (old socket %s)',
  async (state) => {
    const old = await attachAt(hub.broker, [resumable])
    const pending = over(old.id('build'))
    const { id } = await old.asked()
    if (state === 'cut') old.cut()
    const resume = { inFlight: [id], answered: [id] }
    await using taken = await attachAt(second.url, [resumable], { resume })
    expect(taken.resumed).toEqual([])
    // An answer under that id is a frame for a call that is not in flight on this socket.
    taken.answer(id, 'stolen')
    expect((await pending).body.code).toBe('PROVIDER_LOST')
  },
  40_000,
)

test('a name of another account is refused with CONFLICT, and no socket is closed', async () => {
  await using own = await attachAt(hub.broker, [specOf('x')])
  const outsider = await hub.createKey(['spokes:attach'])
  await using socket = await PlainSocket.open(second.url, outsider.key)
  expect((await register(socket, name, [])).payload.code).toBe('CONFLICT')
  const pending = over(own.id('x'))
  own.answer((await own.asked()).id, 1)
  expect((await pending).status).toBe(200)
})

test('(row 12) a resumable call continues, on another replica, with the answer that was lost on the way', async () => {
  const before = await attachAt(hub.broker, [resumable])
  const [kept, dropped] = [over(before.id('build'), { n: 1 }), over(before.id('build'), { n: 2 })]
  const requests = [await before.asked(), await before.asked()]
  const [first, other] = requests.toSorted((a, b) => a.payload.input.n - b.payload.input.n)
  before.cut()
  await wait(100)
  const resume = { inFlight: ['not-of-this-hub'], answered: [first?.id ?? ''] }
  await using after = await attachAt(second.url, [resumable], {
    sessionToken: before.token,
    resume,
  })
  expect(after.resumed).toEqual([first?.id])
  after.answer(first?.id ?? '', 'built')
  expect((await kept).body.data).toBe('built')
  expect(other?.id).toBeDefined()
  // The other one was not resumed: it ends when the window is over, as lost.
  const end = await dropped
  expect(end.body).toMatchObject({ code: 'PROVIDER_LOST', details: { outcome: 'unknown' } })
}, 40_000)

test('a reconnect that comes before the broker knows of the loss resumes as well, on the same replica and on another', async () => {
  for (const url of [hub.broker, second.url]) {
    name = `${name}-x`
    const before = await attachAt(hub.broker, [resumable])
    await using near = await PlainSocket.open(hub.broker, hub.admin.key)
    const calls = [near.call(before.id('build'), {}), over(before.id('build'))]
    const ids = [(await before.asked()).id, (await before.asked()).id]
    await using after = await attachAt(url, [resumable], {
      sessionToken: before.token,
      resume: { inFlight: ids, answered: [] },
    })
    expect(after.resumed.toSorted()).toEqual(ids.toSorted())
    expect((await before.socket.closed).code).toBe(4409)
    await wait(1200)
    for (const id of ids) after.answer(id, 'built')
    const [frame, answer] = await Promise.all(calls)
    expect((frame as { payload: { output: { data: unknown } } }).payload.output.data).toBe('built')
    expect((answer as { body: { data: unknown } }).body.data).toBe('built')
  }
})

/** A stream of two items that have been read, whose spoke has return on the other replica. */
async function resumedStream() {
  const tail = specOf('tail', { type: 'subscription', resumable: true })
  const before = await attachAt(hub.broker, [tail])
  const reader = await PlainSocket.open(second.url, hub.admin.key)
  reader.send('call.requested', 'tail', { operationId: before.id('tail'), input: {} })
  const { id } = await before.asked()
  for (const seq of [1, 2]) before.answer(id, seq, { seq })
  await reader.next((frame) => frame.payload.seq === 2)
  before.cut()
  const after = await attachAt(second.url, [tail], {
    sessionToken: before.token,
    resume: { inFlight: [id], answered: [] },
  })
  expect(after.resumed).toEqual([id])
  return { after, reader, id }
}

test('a resumed stream continues after the items that its reader has', async () => {
  const { after, reader, id } = await resumedStream()
  // Sent once more, in case it was lost.
  after.answer(id, 2, { seq: 2 })
  after.answer(id, 3, { seq: 3 })
  after.socket.send('call.completed', id, { count: 3 })
  expect((await reader.next((frame) => frame.payload.seq === 3)).payload.output.data).toBe(3)
  expect((await reader.next((frame) => frame.type === 'call.completed')).payload.count).toBe(3)
  after.cut()
})

test('a resumed stream whose items are not counted cannot be proven whole, and is lost', async () => {
  const { after, reader, id } = await resumedStream()
  after.answer(id, 3)
  const end = await reader.next((frame) => frame.type === 'call.error')
  expect(end.payload).toMatchObject({ code: 'PROVIDER_LOST', details: { received: 2 } })
  after.cut()
})

test('an operator on one replica disconnects a spoke on the other', async () => {
  for (const url of [hub.broker, second.url]) {
    name = `${name}-x`
    const spoke = await attachAt(url, [specOf('slow')])
    const pending = over(spoke.id('slow'))
    await spoke.asked()
    expect((await over('spokes.disconnect', { name })).body.data).toEqual({
      name,
      disconnected: true,
    })
    expect(await spoke.socket.closed).toEqual({
      code: 4409,
      reason: 'disconnected by an operator',
    })
    expect((await pending).body.code).toBe('PROVIDER_LOST')
    expect((await over('spokes.disconnect', { name })).body.data.disconnected).toBe(false)
  }
})

test('an operator on one replica drains a spoke on the other: its call ends, and it gets no further one', async () => {
  for (const url of [hub.broker, second.url]) {
    name = `${name}-d`
    const spoke = await attachAt(url, [specOf('slow')])
    const id = spoke.id('slow')
    const pending = over(id)
    const request = await spoke.asked()
    expect((await over('spokes.drain', { name })).body.data).toEqual({ name, draining: true })
    expect((await over('spokes.drain', { name })).body.data.draining).toBe(false)
    expect((await over(id)).status).not.toBe(200)
    spoke.answer(request.id, 'ended')
    expect((await pending).body.data).toBe('ended')
    expect(await spoke.socket.closed).toEqual({
      code: 4409,
      reason: 'disconnected by an operator',
    })

    name = `${name}-l`
    const late = await attachAt(url, [specOf('slow')])
    const lost = over(late.id('slow'))
    await late.asked()
    await over('spokes.drain', { name, withinMs: 0 })
    expect((await lost).body.code).toBe('PROVIDER_LOST')
    await late.socket.closed
  }
})

test('each replica says what a spoke does, also one that is attached to the other', async () => {
  const spoke = await attachAt(second.url, [specOf('slow')], { capacity: 1 })
  const calls = [over(spoke.id('slow')), over(spoke.id('slow'))]
  const first = await spoke.asked()
  for (const url of [hub.broker, second.url]) {
    await using socket = await PlainSocket.open(url, hub.admin.key)
    const read = async (): Promise<unknown> =>
      (await socket.call('spokes.get', { name })).payload.output.data.load
    const load = { inFlight: 1, waiting: 1, capacity: 1 }
    await expect.poll(read, { timeout: 20_000 }).toEqual(load)
    const inList = async (input: object): Promise<unknown> => {
      const { items } = (await socket.call('spokes.list', { q: name, ...input })).payload.output
        .data
      return items.map((one: { load?: unknown }) => one.load)
    }
    expect(await inList({ load: true })).toEqual([load])
    expect(await inList({})).toEqual([undefined])
  }
  spoke.answer(first.id, 'one')
  spoke.answer((await spoke.asked()).id, 'two')
  await Promise.all(calls)
  spoke.cut()
  const gone = async (): Promise<unknown> => (await over('spokes.get', { name })).body.data.load
  await expect.poll(gone, { timeout: 20_000 }).toBeUndefined()
})

test('(row 13) it does not matter which replica holds the spoke and which the caller: answer, deadline and abort are the same', async () => {
  await using spoke = await attachAt(hub.broker, [specOf('x')])
  const id = spoke.id('x')
  for (const url of [hub.broker, second.url]) {
    await using socket = await PlainSocket.open(url, hub.admin.key)
    const pending = socket.call(id, {}, { timeoutMs: 40_000 })
    const request = await spoke.asked()
    expect(request.payload.timeoutMs).toBeLessThanOrEqual(40_000)
    expect(request.payload.timeoutMs).toBeGreaterThan(30_000)
    spoke.answer(request.id, url)
    expect((await pending).payload.output.data).toBe(url)

    const late = socket.call(id, {}, { timeoutMs: 100 })
    const unanswered = await spoke.asked()
    expect((await late).payload.code).toBe('TIMEOUT')
    await spoke.received('call.aborted', unanswered.id)
    spoke.fail(unanswered.id, 'ABORTED')

    socket.send('call.requested', 'left', { operationId: id, input: {} })
    const unwanted = await spoke.asked()
    socket.send('call.aborted', 'left', { reason: 'no longer needed' })
    const abort = await spoke.received('call.aborted', unwanted.id)
    expect(abort.payload.reason).toBe('no longer needed')
    spoke.fail(unwanted.id, 'ABORTED')
    expect((await socket.next((frame) => frame.id === 'left')).payload.code).toBe('ABORTED')
  }
})

test('(row 14) a spoke that is frozen is given up after three heartbeats, at most 7 s', async () => {
  const spoke = await attachAt(hub.broker, [specOf('slow')])
  const pending = over(spoke.id('slow'))
  await spoke.asked()
  spoke.socket.socket.pause()
  expect(await took(pending)).toBeLessThan(7000)
  expect((await pending).body.code).toBe('PROVIDER_LOST')
  spoke.cut()
})

test('(rows 8, 11) a broker that stops asks its spokes to move; the old socket keeps its heartbeat and answers what it was given', async () => {
  const third = await hub.addBroker()
  const before = await attachAt(third.url, [specOf('slow'), specOf('x')])
  await using caller = await PlainSocket.open(second.url, hub.admin.key)
  const pending = caller.call(before.id('slow'), {})
  const request = await before.asked()
  const stopped = third.stop(15_000)
  const draining = await before.socket.next((frame) => frame.type === 'hub.draining')
  expect(draining.payload.reconnectAfterMs).toBe(250)
  await expect(PlainSocket.open(third.url, key.key)).rejects.toThrow('503')
  await using after = await attachAt(hub.broker, [specOf('slow'), specOf('x')], {
    sessionToken: before.token,
    resume: { inFlight: [], answered: [] },
  })
  // As soon as every process has it, calls go to the new socket.
  await wait(300)
  const fresh = caller.call(after.id('x'), {})
  after.answer((await after.asked()).id, 'new')
  expect((await fresh).payload.output.data).toBe('new')
  // Longer than a frozen spoke would live.
  for (const _ of [1, 2, 3, 4]) await before.socket.next((frame) => frame.type === 'hub.alive')
  before.answer(request.id, 'old')
  expect((await pending).payload.output.data).toBe('old')
  expect((await before.socket.closed).code).toBe(1001)
  await stopped
}, 40_000)

test('a socket that closes while its spoke registers leaves no spoke behind', async () => {
  for (let at = 0; at < 10; at++) {
    const socket = await PlainSocket.open(hub.broker, key.key)
    socket.send('call.requested', 'r', {
      operationId: 'hub.register',
      input: { protocol: 1, name: `${name}-${at}`, spokeType: 'client', operations: [specOf('x')] },
    })
    await wait(at)
    socket.socket.terminate()
  }
  await wait(500)
  const list = await over('spokes.list', { status: 'connected' })
  const left = list.body.data.items.filter((row: { name: string }) =>
    row.name.startsWith(`${name}-`),
  )
  expect(left).toEqual([])
})

test('of many attaches at the same time on two replicas one is left, and it is the one that is called', async () => {
  const settled = await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const socket = await PlainSocket.open(at % 2 ? second.url : hub.broker, key.key)
      // A socket that is displaced before its answer was written gets none: its end is the answer.
      const welcome = register(socket, name, [specOf('x')]).catch(() => undefined)
      const answered = welcome.then((frame) => frame?.type === 'call.responded')
      return { socket, ok: await Promise.race([answered, socket.closed.then(() => false)]) }
    }),
  )
  await wait(1500)
  const open = settled.filter(({ socket, ok }) => ok && socket.socket.readyState === 1)
  expect(open).toHaveLength(1)
  const pending = over(`client.${name}.t.x`)
  const request = await open[0]?.socket.next((frame) => frame.type === 'call.requested')
  open[0]?.socket.send('call.responded', request?.id ?? '', {
    output: { data: 1, meta: { source: 'local', operationId: 't.x', timestamp: 1 } },
  })
  expect((await pending).status).toBe(200)
  for (const { socket } of settled) socket.socket.terminate()
})
