import type { ServiceRuntime } from '@alkdev/service'
import { listInbox, openDatabase } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test, vi } from 'vitest'
import { watchTimeline } from './watch-timeline.ts'

/** A database of its own in which the function that tells the timeline is another one. That of a real fail-over is in `postgres-fail-over.e2e.test.ts`. */
async function databaseWith(timeline: number | undefined) {
  const stack = new AsyncDisposableStack()
  const postgres = stack.use(await createTestDatabase())
  const { db, sql } = stack.use(await openDatabase(postgres.url, { max: 2 }))
  await sql`alter function pg_catalog.pg_walfile_name(pg_lsn) rename to pg_walfile_name_before`
  const tell = (number: number) =>
    sql.unsafe(`create or replace function public.pg_walfile_name(pg_lsn) returns text language sql
      as $$ select '${number.toString(16).toUpperCase().padStart(8, '0')}0000000000000001' $$`)
  if (timeline !== undefined) await tell(timeline)
  const stop = new AbortController()
  const info = vi.fn<(...said: unknown[]) => void>()
  const warn = vi.fn<(...said: unknown[]) => void>()
  /** A replica. `looks`: how often it has read the timeline. */
  const start = async () => {
    let looks = 0
    const onStatement = (text: string) => () => {
      if (text.includes('as segment')) looks += 1
    }
    const own = stack.use(await openDatabase(postgres.url, { max: 1, onStatement }))
    // The members of a runtime that the job uses.
    const runtime = { db: own.db, logger: { info, warn }, draining: stop.signal }
    const ended = watchTimeline(runtime as unknown as ServiceRuntime<'coordinator'>, 20)
    return { ended, looks: () => looks }
  }
  const findings = async (system = true) => {
    const viewer = { accountId: '', orgIds: [], system }
    return (await listInbox(db, { viewer, kinds: ['health'], limit: 10 })).items
  }
  return {
    ...{ sql, tell, start, findings, info, warn, stop },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

const WAIT = { timeout: 10_000 }

test('a new timeline is one finding for operators over all replicas, in the log of each, and none for others', async () => {
  await using database = await databaseWith(9)
  const { sql, warn, findings } = database
  const replicas = [await database.start(), await database.start()]
  const lookedAgain = async () => {
    const before = replicas.map(({ looks }) => looks())
    await vi.waitUntil(
      () => replicas.every(({ looks }, at) => looks() > (before[at] ?? 0) + 1),
      WAIT,
    )
  }
  await lookedAgain()
  expect(await findings()).toEqual([])
  await database.tell(10)
  await vi.waitUntil(() => warn.mock.calls.length === 2, WAIT)
  expect(warn.mock.calls[0]?.[0]).toEqual({ from: 9, to: 10 })
  await vi.waitUntil(async () => (await findings()).length > 0, WAIT)
  const [found, ...others] = await findings()
  expect(others).toEqual([])
  expect(found).toMatchObject({
    severity: 'high',
    subjectId: 'postgres-timeline-10',
    title: expect.stringMatching(/timeline 9 became 10.*may run again.*synchronous_standby_names/),
  })
  expect(await findings(false)).toEqual([])
  // It leaves the inbox after a week, and is not stored again.
  await sql`update detections set created_at = now() - interval '8 days'`
  await vi.waitUntil(async () => (await findings()).length === 0, WAIT)
  await database.tell(9)
  await lookedAgain()
  await database.tell(10)
  await lookedAgain()
  expect(warn).toHaveBeenCalledTimes(6)
  database.stop.abort()
  await Promise.all(replicas.map(({ ended }) => ended))
  expect((await findings()).map(({ subjectId }) => subjectId)).toEqual(['postgres-timeline-9'])
  expect(await sql`select occurrences from detections`).toEqual([
    { occurrences: 1 },
    { occurrences: 1 },
  ])
})

test('where the timeline cannot be read the job ends with one line in the log', async () => {
  await using database = await databaseWith(undefined)
  await (
    await database.start()
  ).ended
  expect(database.info).toHaveBeenCalledTimes(1)
  expect(database.warn).not.toHaveBeenCalled()
})

test('where the right to call the function is missing the database does not count as in trouble', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 1 })
  const { sql, db } = database
  await sql`revoke execute on function pg_walfile_name(pg_lsn) from public`
  // With one connection, so that what follows has this role.
  await sql`set role pg_monitor`
  const info = vi.fn<(...said: unknown[]) => void>()
  const { signal: draining } = new AbortController()
  const runtime = { db, logger: { info }, draining } as unknown as ServiceRuntime<'coordinator'>
  await watchTimeline(runtime, 20)
  expect(info).toHaveBeenCalledTimes(1)
  expect(database.trouble).toBeUndefined()
})
