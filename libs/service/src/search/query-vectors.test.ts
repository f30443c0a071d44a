import { expect, test } from 'vitest'
import { QueryVectors } from './query-vectors.ts'
import type { Embed } from './request-embeddings.ts'
import { vectorOf } from './vector.ts'
import type { Vector } from './vector.ts'

const some = vectorOf([1, 2]) as Vector
const never = new AbortController().signal
const hangs: Embed = (_, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

function queries(embed: Embed, timeoutMs = 60_000) {
  const failures: unknown[] = []
  const asked: string[] = []
  const clock = { ms: 0 }
  const vectors = new QueryVectors({
    embed(texts, signal) {
      asked.push(...texts)
      return embed(texts, signal)
    },
    timeoutMs,
    onFailed: (error) => failures.push(error),
    now: () => clock.ms,
  })
  return { vectors, failures, asked, clock }
}

test('a query is embedded once and then remembered', async () => {
  const { vectors, asked } = queries(async () => [some])
  expect(await vectors.of(' pay ', never)).toBe(some)
  expect(await vectors.of('pay', never)).toBe(some)
  expect(await vectors.of('  ', never)).toBeUndefined()
  expect(asked).toEqual(['pay'])
})

test('a model that does not answer in time gives no vector', async () => {
  const { vectors, failures } = queries(hangs, 10)
  expect(await vectors.of('pay', never)).toBeUndefined()
  expect(failures).toMatchObject([{ name: 'TimeoutError' }])
})

test('after three failures no query is embedded for half a minute', async () => {
  let isDown = true
  const { vectors, failures, asked, clock } = queries(async () => {
    if (isDown) throw new Error('down')
    return [some]
  })
  for (const query of ['a', 'b', 'c', 'd'])
    // oxlint-disable-next-line no-await-in-loop -- failures in a row
    expect(await vectors.of(query, never)).toBeUndefined()
  expect(asked).toEqual(['a', 'b', 'c'])
  expect(failures).toHaveLength(1)
  isDown = false
  clock.ms = 29_999
  expect(await vectors.of('d', never)).toBeUndefined()
  clock.ms = 30_000
  expect(await vectors.of('d', never)).toBe(some)
})

test('no more than 32 queries are embedded at a time', async () => {
  const ending = new AbortController()
  const { vectors, asked } = queries(hangs)
  const waiting = Array.from({ length: 40 }, (_, at) => vectors.of(`query ${at}`, ending.signal))
  expect(asked).toHaveLength(32)
  ending.abort()
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => undefined))
})
