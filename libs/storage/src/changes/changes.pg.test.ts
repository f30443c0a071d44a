import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inTransaction } from '../database/in-transaction.ts'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { appendIdentityChange, appendRegistryChange } from './append-change.ts'
import { pruneChanges, readChanges } from './read-changes.ts'

let database: TestDatabase
let opened: Database

beforeAll(async () => {
  database = await createTestDatabase()
  opened = await openDatabase(database.url)
})
afterAll(async () => {
  await opened.close()
  await database[Symbol.asyncDispose]()
})

test('numbers have no gaps and rise in commit order, with aborted transactions in between', async () => {
  const { db } = opened
  let seen = 0
  const reading = { on: true }
  // A reader that keeps up must never see a number appear below one that it has read already.
  const reader = (async () => {
    while (reading.on) {
      const { changes } = await readChanges(db, 'identity', seen)
      for (const change of changes) {
        expect(change.number).toBe(seen + 1)
        seen = change.number
      }
    }
  })()
  const outcomes = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) =>
      inTransaction(db, async (tx) => {
        const number = await appendIdentityChange(tx, 'key', [`k${n}`])
        if (n % 3 === 0) throw new Error('taken back')
        return number
      }),
    ),
  )
  reading.on = false
  await reader
  const kept = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  )
  expect(kept.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
  expect((await readChanges(db, 'identity', 0)).latest).toBe(40)
})

test('the two topics are counted separately', async () => {
  const { db } = opened
  const before = (await readChanges(db, 'identity', 0)).latest
  expect(await appendRegistryChange(db, 'spoke', ['s'])).toBe(1)
  expect((await readChanges(db, 'identity', before)).changes).toEqual([])
})

test('a reader gets a gap when changes that it has not read were pruned', async () => {
  const { db } = opened
  const first = await appendRegistryChange(db, 'spoke', ['a'])
  await appendRegistryChange(db, 'spoke', ['b'])
  expect((await readChanges(db, 'registry', first - 1)).complete).toBe(true)
  expect(await pruneChanges(db, 3_600_000)).toBe(0)
  expect(await pruneChanges(db, -1000)).toBeGreaterThan(1)
  expect(await readChanges(db, 'registry', first - 1)).toEqual({
    latest: first + 1,
    changes: [],
    complete: false,
  })
  expect((await readChanges(db, 'registry', first + 1)).complete).toBe(true)
})
