import { fork } from 'node:child_process'
import { once } from 'node:events'
import { deferred } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createProducer, createWorker } from './index.ts'
import { cuttableRedis, eventually } from '@alkdev/bus/testing'

function place(url = testRedis().url): {
  readonly redis: { readonly url: string }
  readonly prefix: string
} {
  return { redis: { url }, prefix: testRedis().prefix }
}

test('a worker gets the ids that a producer adds', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  const seen: string[] = []
  const all = deferred<void>()
  await using worker = createWorker(
    'calls',
    async (id) => {
      seen.push(id)
      if (seen.length === 3) all.resolve()
    },
    where,
  )
  await producer.add('calls', 'one')
  await producer.addAll('calls', ['two', 'three'])
  await all.promise
  expect(seen.toSorted()).toEqual(['one', 'three', 'two'])
  await eventually(() => expect(worker.running).toBe(0))
})

test('an id that waits is not added twice, and can be taken back', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  await producer.add('sessions', 'same')
  await producer.add('sessions', 'same')
  expect(await producer.counts('sessions')).toEqual({ waiting: 1, active: 0, delayed: 0 })
  await producer.remove('sessions', 'same')
  await producer.remove('sessions', 'never added')
  expect(await producer.counts('sessions')).toEqual({ waiting: 0, active: 0, delayed: 0 })
})

test('a job carries its id and nothing else, under the prefix of the deployment', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  await producer.add('calls', 'only-me')
  const redis = new Redis(where.redis.url)
  expect(await redis.hget(`${where.prefix}:queue:calls:only-me`, 'data')).toBe('{}')
  redis.disconnect()
})

test('after a job has ended its id can be added again', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  let runs = 0
  await using _worker = createWorker(
    'calls',
    async () => {
      runs++
    },
    where,
  )
  await producer.add('calls', 'again')
  await eventually(() => expect(runs).toBe(1))
  await eventually(async () => {
    await producer.add('calls', 'again')
    expect(runs).toBe(2)
  })
})

test('a producer fails at once with UNAVAILABLE while Redis is unavailable, and works again after', async () => {
  await using redis = await cuttableRedis(testRedis().url)
  await using producer = createProducer(place(redis.url))
  await producer.start()
  redis.cut()
  await eventually(() => expect(producer.ready).toBe(false))
  await expect(producer.add('calls', 'x')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  redis.repair()
  await eventually(() => expect(producer.ready).toBe(true))
  await producer.add('calls', 'x')
})

test('a producer that finds no Redis does not start', async () => {
  await using redis = await cuttableRedis(testRedis().url)
  redis.cut()
  await using producer = createProducer(place(redis.url))
  await expect(producer.start()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('cancel aborts the signal of a job, which is not tried again', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  let starts = 0
  const started = deferred<void>()
  const reason = deferred<unknown>()
  await using worker = createWorker(
    'calls',
    (_id, signal) =>
      new Promise((_resolve, reject) => {
        starts++
        started.resolve()
        signal.addEventListener('abort', () => {
          reason.resolve(signal.reason)
          reject(signal.reason as Error)
        })
      }),
    where,
  )
  await producer.add('calls', 'x')
  await started.promise
  expect(worker.cancel('other', 'no')).toBe(false)
  expect(worker.cancel('x', 'by an operator')).toBe(true)
  expect(await reason.promise).toMatchObject({ code: 'ABORTED', message: 'by an operator' })
  await eventually(async () => {
    expect(await producer.counts('calls')).toEqual({ waiting: 0, active: 0, delayed: 0 })
  })
  expect(starts).toBe(1)
})

test('closing waits for the jobs that run', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  const started = deferred<void>()
  const finish = deferred<void>()
  const worker = createWorker(
    'calls',
    async () => {
      started.resolve()
      await finish.promise
    },
    where,
  )
  await producer.add('calls', 'x')
  await started.promise
  let closed = false
  const closing = worker.close().then(() => {
    closed = true
  })
  expect(closed).toBe(false)
  finish.resolve()
  await closing
  expect(await producer.counts('calls')).toEqual({ waiting: 0, active: 0, delayed: 0 })
})

test('a job that is aborted because its worker closes goes back and another worker gets it', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  const started = deferred<void>()
  const first = createWorker(
    'calls',
    (_id, signal) =>
      new Promise((_resolve, reject) => {
        started.resolve()
        signal.addEventListener('abort', () => reject(signal.reason as Error))
      }),
    where,
  )
  await producer.add('calls', 'x')
  await started.promise
  await first.close(AbortSignal.abort())
  const again = deferred<string>()
  await using _second = createWorker('calls', async (id) => again.resolve(id), where)
  expect(await again.promise).toBe('x')
})

test('closing returns when Redis is unavailable, and when Redis leaves while a job is waited for', async () => {
  await using redis = await cuttableRedis(testRedis().url)
  const where = place(redis.url)
  await using producer = createProducer(where)
  await producer.start()
  for (const cutFirst of [true, false]) {
    redis.repair()
    await eventually(() => expect(producer.ready).toBe(true))
    const started = deferred<void>()
    const worker = createWorker(
      'calls',
      async () => {
        started.resolve()
        await new Promise(() => undefined)
      },
      where,
    )
    await producer.add('calls', `x-${cutFirst}`)
    await started.promise
    if (cutFirst) redis.cut()
    const closing = worker.close()
    if (!cutFirst) redis.cut()
    await closing
  }
})

test('the job of a killed worker is found and given to another', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  const child = fork(new URL('./testing/worker-process.ts', import.meta.url), [
    where.redis.url,
    where.prefix,
  ])
  await producer.add('calls', 'x')
  await once(child, 'message')
  child.kill('SIGKILL')
  const again = deferred<string>()
  await using _worker = createWorker('calls', async (id) => again.resolve(id), {
    ...where,
    lockDurationMs: 1000,
    stalledIntervalMs: 500,
  })
  expect(await again.promise).toBe('x')
})

test('a repeated job comes again and again under its own id', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  await producer.repeat('maintenance', 'sweep', 50)
  await producer.repeat('maintenance', 'sweep', 50)
  const seen: string[] = []
  await using _worker = createWorker('maintenance', async (id) => void seen.push(id), where)
  await eventually(() => expect(seen.length).toBeGreaterThan(2))
  expect(new Set(seen)).toEqual(new Set(['sweep']))
})

test('what throws is tried again', async () => {
  const where = place()
  await using producer = createProducer(where)
  await producer.start()
  let tries = 0
  const done = deferred<void>()
  await using _worker = createWorker(
    'calls',
    async () => {
      if (++tries === 1) throw new Error('once')
      done.resolve()
    },
    where,
  )
  await producer.add('calls', 'x')
  await done.promise
  expect(tries).toBe(2)
})
