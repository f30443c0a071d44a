import { expect, onTestFinished, test } from 'vitest'
import { createChangeReader } from './change-reader.ts'
import type { ChangeReader, IdentityChange } from './change-reader.ts'

function setup(staleMs?: number) {
  const list: IdentityChange[] = []
  const applied: number[] = []
  const state = { away: false, prunedTo: 0, resets: 0, errors: 0 }
  const reader: ChangeReader = createChangeReader({
    async read(since) {
      if (state.away) throw new Error('Postgres is unavailable')
      const latest = list.length
      const changes = list
        .filter(({ number }) => number > Math.max(since, state.prunedTo))
        .slice(0, 2)
      return { latest, changes, complete: latest <= since || changes[0]?.number === since + 1 }
    },
    apply: ({ number }) => applied.push(number),
    reset: () => (state.resets += 1),
    onError: () => (state.errors += 1),
    everyMs: 10,
    ...(staleMs === undefined ? {} : { staleMs }),
  })
  onTestFinished(() => reader.stop())
  const append = (): void => {
    list.push({ number: list.length + 1, kind: 'key', subjectIds: ['k'] })
  }
  return { reader, append, applied, state }
}

test('changes after the start are applied in order, page by page', async () => {
  const { reader, append, applied } = setup()
  append()
  await reader.start()
  for (let at = 0; at < 5; at += 1) append()
  await expect.poll(() => applied).toEqual([2, 3, 4, 5, 6])
})

test('a gap in the list makes everything unknown, and reading continues from its end', async () => {
  const { reader, append, applied, state } = setup()
  await reader.start()
  for (let at = 0; at < 4; at += 1) append()
  state.prunedTo = 4
  await expect.poll(() => state.resets).toBe(1)
  append()
  await expect.poll(() => applied).toEqual([5])
})

test('a list that cannot be read becomes stale, and fresh again with the next reading', async () => {
  const { reader, state } = setup(60)
  expect(reader.fresh).toBe(false)
  await reader.start()
  expect(reader.fresh).toBe(true)
  state.away = true
  await expect.poll(() => reader.fresh).toBe(false)
  expect(state.errors).toBeGreaterThan(0)
  state.away = false
  await expect.poll(() => reader.fresh).toBe(true)
})

test('a hint starts the next reading immediately', async () => {
  const applied: number[] = []
  const list: IdentityChange[] = []
  const reader = createChangeReader({
    read: async (since) => ({
      latest: list.length,
      changes: list.filter(({ number }) => number > since),
      complete: true,
    }),
    apply: ({ number }) => applied.push(number),
    reset: () => undefined,
    everyMs: 600_000,
  })
  onTestFinished(() => reader.stop())
  await reader.start()
  list.push({ number: 1, kind: 'key', subjectIds: ['k'] })
  reader.hasten()
  await expect.poll(() => applied).toEqual([1])
})

test('a stopped reader reads no more', async () => {
  const { reader, append, applied } = setup()
  await reader.start()
  await reader.stop()
  append()
  reader.hasten()
  await new Promise((resolve) => setTimeout(resolve, 40))
  expect(applied).toEqual([])
})
