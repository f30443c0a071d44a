import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from './open-database.ts'
import type { Database } from './open-database.ts'
import type { StatementLane } from './statement-lane.ts'

let postgres: TestDatabase
let database: Database
let lane: StatementLane<{ pid: number }>

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url, { max: 4 })
  lane = database.openLane('select pg_backend_pid() as pid, pg_sleep($1::text::double precision)')
})
afterAll(async () => {
  await database?.close()
  await postgres?.[Symbol.asyncDispose]()
})

test('statements run on one connection, and all but the first are written before they are answered', async () => {
  const first = lane.run('0')
  const [row] = await first.rows
  const second = lane.run('0.05')
  const order: string[] = []
  await Promise.all([
    second.written.then((isWritten) => order.push(`written: ${isWritten}`)),
    second.rows.then((rows) => order.push(`same: ${rows[0]?.pid === row?.pid}`)),
  ])
  expect(order).toEqual(['written: true', 'same: true'])
})

test('a lane whose connection has died takes another one, and loses only the statement that it runs then', async () => {
  const [row] = await lane.run('0').rows
  await database.sql`select pg_terminate_backend(${row?.pid ?? 0})`
  // Whether the lane knows of it already: the statement is sent once more, or its outcome is unknown.
  const seen = await lane.run('0').rows.then(
    () => 'answered',
    (error: { code: string }) => error.code,
  )
  expect(['answered', 'UNAVAILABLE']).toContain(seen)
  const [next] = await lane.run('0').rows
  expect(next?.pid).not.toBe(row?.pid)
  const running = lane.run('30')
  const written = await running.written
  await database.sql`select pg_terminate_backend(${next?.pid ?? 0})`
  await expect(running.rows).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(written).toBe(true)
  expect(await lane.run('0').rows).toHaveLength(1)
})

test('a second statement while one runs is refused', async () => {
  const running = lane.run('0')
  expect(() => lane.run('0')).toThrow(RangeError)
  await running.rows
})

test('a pool of one connection is not kept from other statements', async () => {
  await using small = await openDatabase(postgres.url, { max: 1 })
  const own = small.openLane<{ one: string }>('select $1::text as one')
  for (const one of ['a', 'b']) {
    // oxlint-disable-next-line no-await-in-loop -- the lane and the pool in turn
    expect(await own.run(one).rows).toEqual([{ one }])
    // oxlint-disable-next-line no-await-in-loop
    expect(await small.sql`select 1 as one`).toHaveLength(1)
  }
})
