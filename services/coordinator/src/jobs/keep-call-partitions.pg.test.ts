import type { ServiceRuntime } from '@alkdev/service'
import { openDatabase } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { keepCallPartitions } from './keep-call-partitions.ts'

test('partitions are there soon after the start, also when no coordinator ran for weeks, and the job ends with the draining', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const days = async () => {
    const rows = await sql<{ name: string }[]>`
      select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'call_log'::regclass order by 1`
    return rows.map(({ name }) => name)
  }
  for (const name of (await days()).filter((day) => day !== 'rest'))
    await sql`drop table ${sql(`call_log_days.${name}`)}`
  const stop = new AbortController()
  const made = Promise.withResolvers<unknown>()
  // The members of a runtime that the job uses.
  const runtime = {
    db,
    config: { retention: { callDays: 30 } },
    logger: { info: made.resolve, warn: made.reject },
    draining: stop.signal,
  } as unknown as ServiceRuntime<'coordinator'>
  const running = keepCallPartitions(runtime)
  expect(await made.promise).toMatchObject({ moved: 0 })
  const week = Array.from({ length: 8 }, (_, at) => new Date(Date.now() + at * 86_400_000))
  expect(await days()).toEqual([
    ...week.map((day) => `d${day.toISOString().slice(0, 10).replaceAll('-', '')}`),
    'rest',
  ])
  stop.abort()
  await running
})
