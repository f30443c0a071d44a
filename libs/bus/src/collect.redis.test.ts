import { deferred, must, uuidv7 } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { BusLimits } from './options.ts'
import { childInstance } from './testing/child-instance.ts'
import type { ChildInstance } from './testing/child-instance.ts'
import { eventually } from './testing/eventually.ts'
import { alice, freshPrefix, registryOf, startedBus, testBus } from './testing/harness.ts'
import type { TestBus } from './testing/harness.ts'
import { WORK, WORK_SAFE, workContracts } from './testing/instance-process.ts'

interface Started {
  readonly signal: AbortSignal
  readonly answer: Deferred<string>
}

interface Scene extends AsyncDisposable {
  readonly prefix: string
  /** Runs `tasks.work`, until a test resolves the answer. */
  readonly provider: TestBus
  /** Takes over from the callers. */
  readonly next: TestBus
  readonly starts: Started[]
  /** Ends with the scene. */
  readonly children: AsyncDisposable[]
}

async function scene(limits: Partial<BusLimits> = {}): Promise<Scene> {
  const { url } = testRedis()
  const prefix = freshPrefix()
  const starts: Started[] = []
  const children: AsyncDisposable[] = []
  const options = { url, prefix, contracts: workContracts, limits }
  const provider = testBus({ ...options, service: 'coordinator' })
  provider.bus.serveService(
    registryOf(
      [WORK_SAFE, () => 1],
      [
        WORK,
        (_input, { signal = new AbortController().signal }) => {
          const answer = deferred<string>()
          signal.addEventListener('abort', () => answer.reject(signal.reason as Error))
          answer.promise.catch(() => undefined)
          starts.push({ signal, answer })
          return answer.promise
        },
      ],
    ),
  )
  await provider.bus.start()
  const next = await startedBus(options)
  return {
    prefix,
    provider,
    next,
    starts,
    children,
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map((child) => child[Symbol.asyncDispose]()))
      await next.bus[Symbol.asyncDispose]()
      await provider.bus[Symbol.asyncDispose]()
    },
  }
}

interface Called {
  readonly callId: string
  readonly started: Started
}

/** A process that makes calls, to be killed or frozen. */
async function callerOf({ prefix, starts, children }: Scene): Promise<{
  readonly child: ChildInstance
  /** Resolves when the call has started at the provider. */
  call(options?: { readonly timeoutMs?: number; readonly orphan?: 'finish' }): Promise<Called>
}> {
  const child = await childInstance({ url: testRedis().url, prefix, service: 'gateway' })
  children.push(child)
  return {
    child,
    async call(options = { orphan: 'finish' }) {
      const callId = uuidv7()
      const known = starts.length
      await child.tell({
        do: 'call',
        operationId: 'tasks.work',
        input: 0,
        options: { timeoutMs: 60_000, ...options, callId },
      })
      const started = await eventually(() => must(starts[known]))
      return { callId, started }
    },
  }
}

/** Resolves when the provider has noticed that the caller is gone. */
async function isGone({ provider }: Scene, { instanceId }: ChildInstance): Promise<void> {
  await eventually(() => expect(provider.bus.isLost(instanceId)).toBe(true))
}

describe('of a caller that was killed', () => {
  let all: Scene
  let calls: Record<
    'done' | 'failed' | 'late' | 'stopped' | 'waiting' | 'plain' | 'received',
    Called
  >

  beforeAll(async () => {
    all = await scene()
    const caller = await callerOf(all)
    const { child } = caller
    calls = {
      received: await caller.call(),
      done: await caller.call(),
      failed: await caller.call(),
      stopped: await caller.call(),
      waiting: await caller.call(),
      plain: await caller.call({}),
      late: await caller.call({ orphan: 'finish', timeoutMs: 6000 }),
    }
    calls.received.started.answer.resolve('received')
    await vi.waitUntil(() => child.news.some(({ news }) => news === 'ended'), { timeout: 15_000 })
    // The caller confirms the answer: of a call that is not kept, nothing is left at its provider.
    await vi.waitUntil(() => all.provider.bus.counters.confirmed === 1, { timeout: 15_000 })
    child.kill('SIGKILL')
    await isGone(all, child)
  })
  afterAll(() => all?.[Symbol.asyncDispose]())

  test('a call to be finished goes on, and another process collects the answer, more than once', async () => {
    const { callId, started } = calls.done
    const collected = all.next.bus.collect(callId)
    started.answer.resolve('done')
    const answer = { kind: 'answer', envelope: { data: 'done', meta: { callId } } }
    expect(await collected).toMatchObject(answer)
    expect(await all.next.bus.collect(callId)).toMatchObject(answer)
    await eventually(() =>
      expect(all.provider.records).toContainEqual(
        expect.objectContaining({
          header: expect.objectContaining({ callId }),
          status: 'completed',
          output: 'done',
          orphaned: true,
        }),
      ),
    )
  })

  test('an answer that the caller had received is collected', async () => {
    expect(await all.next.bus.collect(calls.received.callId)).toMatchObject({
      envelope: { data: 'received' },
    })
  })

  test('without the option the call is aborted, and nothing is collected', async () => {
    await eventually(() => expect(calls.plain.started.signal.aborted).toBe(true))
    expect(await all.next.bus.collect(calls.plain.callId)).toBeUndefined()
  })

  test('an error is collected as the error of the call', async () => {
    calls.failed.started.answer.reject(new TypeError('broken'))
    expect(await all.next.bus.collect(calls.failed.callId)).toMatchObject({
      kind: 'error',
      error: { code: 'EXECUTION_ERROR' },
    })
  })

  test('a call that goes on is aborted on request', async () => {
    const { callId, started } = calls.stopped
    await eventually(async () =>
      expect(await all.next.bus.abort(callId, 'enough')).toEqual({ found: true }),
    )
    expect(started.signal.reason).toMatchObject({ code: 'ABORTED', message: 'enough' })
    expect(await all.next.bus.collect(callId)).toMatchObject({ error: { code: 'ABORTED' } })
  })

  test('the collection of a call ends with its signal, and the call goes on', async () => {
    const { callId, started } = calls.waiting
    const ending = new AbortController()
    const collected = all.next.bus.collect(callId, ending.signal)
    ending.abort(new Error('enough'))
    await expect(collected).rejects.toThrow('enough')
    expect(started.signal.aborted).toBe(false)
  })

  test('a call that goes on ends at its own deadline', async () => {
    const { callId, started } = calls.late
    expect(await all.next.bus.collect(callId)).toMatchObject({
      kind: 'error',
      error: { code: 'TIMEOUT' },
    })
    expect(started.signal.reason).toMatchObject({ code: 'TIMEOUT' })
  })
})

test('the answer of a call whose caller is frozen is collected, and the caller gets it too when it goes on', async () => {
  await using all = await scene()
  const caller = await callerOf(all)
  const { child } = caller
  const { callId, started } = await caller.call()
  child.kill('SIGSTOP')
  await isGone(all, child)
  const collected = all.next.bus.collect(callId)
  started.answer.resolve('done')
  expect(await collected).toMatchObject({ envelope: { data: 'done' } })
  child.kill('SIGCONT')
  await eventually(() => expect(child.news).toContainEqual({ news: 'ended', code: 'OK' }))
  expect(all.starts).toHaveLength(1)
})

test('a process that stops leaves its calls to their providers, and does not record them', async () => {
  await using all = await scene()
  const { url } = testRedis()
  const made = await startedBus({ url, prefix: all.prefix, contracts: workContracts })
  const callId = uuidv7()
  const call = made.bus.call('tasks.work', 0, { principal: alice, callId, orphan: 'finish' })
  const ended = call.catch((error: unknown) => error)
  await eventually(() => expect(all.starts).toHaveLength(1))
  expect(made.bus.leave(uuidv7())).toBe(false)
  await made.bus[Symbol.asyncDispose]()
  expect(await ended).toMatchObject({ code: 'PROVIDER_LOST', details: { outcome: 'unknown' } })
  expect(made.records).toEqual([])
  const collected = all.next.bus.collect(callId)
  all.starts[0]?.answer.resolve('done')
  expect(await collected).toMatchObject({ envelope: { data: 'done' } })
})

test('answers that their callers have are kept up to a number, the newest', async () => {
  await using all = await scene({ maxKept: 1, checkMs: 100 })
  const callIds = [uuidv7(), uuidv7()]
  for (const [at, callId] of callIds.entries()) {
    const options = { principal: alice, callId, orphan: 'finish' } as const
    const call = all.next.bus.call('tasks.work', 0, options)
    // oxlint-disable-next-line no-await-in-loop -- one call after the other
    await eventually(() => expect(all.starts).toHaveLength(at + 1))
    all.starts[at]?.answer.resolve(`answer ${at}`)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await call
  }
  const [first = '', second = ''] = callIds
  await eventually(async () => expect(await all.next.bus.collect(first)).toBeUndefined())
  expect(await all.next.bus.collect(second)).toMatchObject({ envelope: { data: 'answer 1' } })
})

test('the answer of an operation of the same process is collected by another', async () => {
  await using all = await scene()
  const callId = uuidv7()
  const options = { principal: alice, callId, orphan: 'finish' } as const
  const call = all.provider.bus.call('tasks.work', 0, options)
  await eventually(() => expect(all.starts).toHaveLength(1))
  expect(all.provider.bus.leave(callId)).toBe(false)
  const collected = all.next.bus.collect(callId)
  all.starts[0]?.answer.resolve('done')
  await call
  expect(await collected).toMatchObject({ envelope: { data: 'done', meta: { callId } } })
})
