import { clearSharedClock, sharedNow, uuidv7 } from '@alkdev/std'
import { openDatabase } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { keepSharedClock } from './keep-shared-clock.ts'

const HOUR_MS = 3_600_000
afterEach(() => clearSharedClock())

test('a jump of the clock of PostgreSQL is followed, by new ids too, and reported once', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 1 })
  const { sql, db } = database
  // A clock that can be set takes the place of that of PostgreSQL, for the only connection.
  await sql`create schema wrong`
  await sql`create table wrong.by (ms double precision not null)`
  await sql`insert into wrong.by values (0)`
  await sql`create function wrong.clock_timestamp() returns timestamptz language sql volatile as
    'select pg_catalog.clock_timestamp() + ms * interval ''1 millisecond'' from wrong.by'`
  await sql`set search_path to wrong, public, pg_catalog`
  const ending = new AbortController()
  const jumps: number[] = []
  await keepSharedClock(db, ending.signal, { everyMs: 20, onJump: (ms) => void jumps.push(ms) })
  const jumpTo = async (ms: number): Promise<void> => {
    const known = jumps.length
    await sql`update wrong.by set ms = ${ms}`
    await vi.waitUntil(() => jumps.length > known, { timeout: 5000 })
  }
  await jumpTo(HOUR_MS)
  expect(Math.abs(sharedNow() - Date.now() - HOUR_MS)).toBeLessThan(5000)
  const ahead = uuidv7()
  await jumpTo(0)
  expect(uuidv7() < ahead).toBe(true)
  // A drift of seconds is none.
  await sql`update wrong.by set ms = 5000`
  await vi.waitUntil(() => sharedNow() - Date.now() > 4000, { timeout: 5000 })
  ending.abort()
  expect(jumps.map((ms) => Math.round(ms / HOUR_MS))).toEqual([1, -1])
})
