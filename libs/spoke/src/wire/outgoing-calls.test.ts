import type { CodedError } from '@alkdev/errors'
import { expect, test, vi } from 'vitest'
import type { Frame } from './frame-socket.ts'
import { OutgoingCalls } from './outgoing-calls.ts'

const meta = { source: 'local', operationId: 'a.b', timestamp: 1 }

function setUp() {
  const sent: Frame[] = []
  let open = true
  const calls = new OutgoingCalls((frame) => {
    if (open) sent.push(frame)
    return open
  })
  const last = (): Frame => {
    const frame = sent.findLast(({ type }) => type === 'call.requested')
    if (!frame) throw new Error('nothing was requested')
    return frame
  }
  return {
    calls,
    sent,
    close: () => (open = false),
    respond: (data: unknown, seq?: number) =>
      calls.receive('call.responded', last().id, {
        output: { data, meta },
        ...(seq !== undefined && { seq }),
      }),
    complete: (count?: number) => calls.receive('call.completed', last().id, { count }),
    types: () => sent.map(({ type }) => type),
  }
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error as CodedError).code,
  )

test('a call resolves with its envelope and sends the given options', async () => {
  const { calls, respond, sent } = setUp()
  const answer = calls.call(
    'a.b',
    { x: 1 },
    { timeoutMs: 5, idempotencyKey: 'k', traceparent: 't', metadata: {} },
  )
  expect(sent[0]?.payload).toMatchObject({
    operationId: 'a.b',
    input: { x: 1 },
    timeoutMs: 5,
    idempotencyKey: 'k',
    traceparent: 't',
  })
  respond('yes')
  expect(await answer).toEqual({ data: 'yes', meta })
  expect(calls.size).toBe(0)
  expect(respond('late')).toBe(false)
})

test('a call waits for a silent hub no longer than its time limit plus 2 s', async () => {
  vi.useFakeTimers()
  try {
    const { calls, types } = setUp()
    const code = codeOf(calls.call('a.b', {}, { timeoutMs: 100 }))
    await vi.advanceTimersByTimeAsync(2050)
    expect(calls.size).toBe(1)
    await vi.advanceTimersByTimeAsync(100)
    expect(await code).toBe('TIMEOUT')
    expect(types()).toEqual(['call.requested', 'call.aborted'])
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('a signal aborts a call at the hub and keeps no listener, and a signal that is already aborted sends nothing', async () => {
  const { calls, types } = setUp()
  const controller = new AbortController()
  const code = codeOf(calls.call('a.b', {}, { signal: controller.signal }))
  controller.abort()
  expect(await code).toBe('ABORTED')
  expect(types()).toEqual(['call.requested', 'call.aborted'])
  expect(await codeOf(calls.call('a.b', {}, { signal: controller.signal }))).toBe('ABORTED')
  const items = calls.subscribe('a.b', {}, { signal: controller.signal })
  expect(await codeOf(items.next())).toBe('ABORTED')
  expect(types()).toHaveLength(2)
})

test('call() of a subscription rejects and aborts the call', async () => {
  const { calls, respond, types } = setUp()
  const code = codeOf(calls.call('a.b', {}))
  respond('first item', 1)
  expect(await code).toBe('VALIDATION_ERROR')
  expect(types().at(-1)).toBe('call.aborted')
})

test('subscribe() of a query yields its answer', async () => {
  const { calls, respond } = setUp()
  const items = calls.subscribe('a.b', {}, {}, ({ data }) => data)
  const first = items.next()
  respond('only')
  expect((await first).value).toBe('only')
  expect((await items.next()).done).toBe(true)
})

test('an error has the retry time of the hub, if that is a number', async () => {
  const { calls, sent } = setUp()
  const failure = async (more: object): Promise<unknown> => {
    const answer = calls.call('a.b', {}).catch((error: unknown) => error)
    const payload = { code: 'OVERLOADED', message: 'busy', ...more }
    calls.receive('call.error', sent.at(-1)?.id ?? '', payload)
    return answer
  }
  expect(await failure({ retryAfterMs: 1500 })).toMatchObject({
    code: 'OVERLOADED',
    retryAfterMs: 1500,
  })
  for (const more of [{}, { retryAfterMs: -1 }, { retryAfterMs: 'soon' }])
    expect(await failure(more)).toMatchObject({ code: 'OVERLOADED', retryAfterMs: undefined })
})

test('more than 1,024 calls at a time are refused, and nothing was sent for them', async () => {
  const { calls, sent } = setUp()
  const pending = Array.from({ length: 1024 }, () => codeOf(calls.call('a.b', {})))
  expect(await codeOf(calls.call('a.b', {}))).toBe('OVERLOADED')
  expect(sent).toHaveLength(1024)
  calls.lose('gone')
  expect(new Set(await Promise.all(pending))).toEqual(new Set(['PROVIDER_LOST']))
})

test('without a socket nothing is sent and nothing waits', async () => {
  const { calls, close } = setUp()
  close()
  expect(await codeOf(calls.call('a.b', {}))).toBe('PROVIDER_UNAVAILABLE')
  calls.lose('The connection was lost.')
  expect(await codeOf(calls.call('a.b', {}))).toBe('PROVIDER_UNAVAILABLE')
  expect(await codeOf(calls.subscribe('a.b', {}).next())).toBe('PROVIDER_UNAVAILABLE')
  expect(calls.size).toBe(0)
})

test('items that arrive twice are skipped by their numbers', async () => {
  const { calls, respond, complete } = setUp()
  const items = calls.subscribe('a.b', {}, {}, ({ data }) => data)
  const read: unknown[] = []
  const reading = (async () => {
    for await (const item of items) read.push(item)
  })()
  for (const seq of [1, 2, 2, 1, 3]) respond(seq, seq)
  complete(3)
  await reading
  expect(read).toEqual([1, 2, 3])
})

test('items come in order, credits follow the reader in batches of 16', async () => {
  const { calls, respond, complete, sent } = setUp()
  const items = calls.subscribe('a.b', {}, {}, ({ data }) => data)
  const first = items.next()
  for (let n = 1; n <= 32; n++) respond(n, n)
  expect((await first).value).toBe(1)
  for (let n = 2; n <= 16; n++) expect((await items.next()).value).toBe(n)
  expect(sent.at(-1)).toMatchObject({ type: 'call.credit', payload: { credits: 16 } })
  for (let n = 17; n <= 32; n++) await items.next()
  complete(32)
  expect((await items.next()).done).toBe(true)
  expect(sent.filter(({ type }) => type === 'call.credit')).toHaveLength(2)
  expect(calls.size).toBe(0)
})

test('a missing item, or a wrong count, ends the stream with PROVIDER_LOST after the received items', async () => {
  for (const end of ['gap', 'count'] as const) {
    const { calls, respond, complete } = setUp()
    const items = calls.subscribe('a.b', {}, {}, ({ data }) => data)
    const first = items.next()
    respond('one', 1)
    if (end === 'gap') respond('three', 3)
    else complete(2)
    expect((await first).value).toBe('one')
    await expect(items.next()).rejects.toMatchObject({
      code: 'PROVIDER_LOST',
      details: { outcome: 'unknown', received: 1 },
    })
    expect((await items.next()).done).toBe(true)
  }
})

test('a hub that ignores the window loses the call, and memory stays bounded', async () => {
  const { calls, respond, types } = setUp()
  const items = calls.subscribe('a.b', {})
  const first = items.next()
  for (let n = 1; n <= 70; n++) respond(n, n)
  await first
  for (let n = 2; n <= 64; n++) await items.next()
  await expect(items.next()).rejects.toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown', reason: 'overrun', received: 64 },
  })
  expect(types()).toContain('call.aborted')
})

test('a reader that stops while it waits is released at once, and the call is aborted', async () => {
  const { calls, types } = setUp()
  const items = calls.subscribe('a.b', {})
  const waiting = items.next()
  await items.return()
  expect((await waiting).done).toBe(true)
  expect(types()).toEqual(['call.requested', 'call.aborted'])
  expect(calls.size).toBe(0)
})

test('a stream without items ends with TIMEOUT', async () => {
  vi.useFakeTimers()
  try {
    const { calls, types } = setUp()
    const items = calls.subscribe('a.b', {}, { idleTimeoutMs: 100 })
    const code = codeOf(items.next())
    await vi.advanceTimersByTimeAsync(2200)
    expect(await code).toBe('TIMEOUT')
    expect(types().at(-1)).toBe('call.aborted')
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('errors of the hub keep code, message and details; malformed ones are errors too', async () => {
  const { calls, sent } = setUp()
  const answers = [{ code: 'TEAPOT', message: 'no', details: { a: 1 } }, {}].map((payload) => {
    const answer = calls.call('a.b', {}).catch((error: unknown) => error)
    calls.receive('call.error', sent.at(-1)?.id ?? '', payload)
    return answer
  })
  expect(await Promise.all(answers)).toEqual([
    expect.objectContaining({ code: 'TEAPOT', message: 'no', details: { a: 1 } }),
    expect.objectContaining({ code: 'UNKNOWN_ERROR' }),
  ])
})
