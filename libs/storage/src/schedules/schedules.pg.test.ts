import { must, uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { Database } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { createApiKey } from '../identity/api-keys.ts'
import type { NewQueuedCall, QueueingCaller } from '../queue/new-queued-call.ts'
import { abortQueuedCall } from '../queue/end-queued-calls.ts'
import type { ScheduleRow } from '../schema/schedules/schedules.ts'
import {
  fireManually,
  fireSchedule,
  listDueSchedules,
  listReleasedSchedules,
  readNextDueMs,
  releaseFiring,
} from './fire-schedule.ts'
import type { DueTimes } from './fire-schedule.ts'
import {
  createSchedule,
  getSchedule,
  listFirings,
  listSchedules,
  pruneFirings,
  updateSchedule,
} from './schedules.ts'
import type { NewSchedule } from './schedules.ts'

let postgres: Awaited<ReturnType<typeof createTestDatabase>>
let database: Database
let caller: QueueingCaller

beforeAll(async () => {
  postgres = await createTestDatabase()
  database = await openDatabase(postgres.url)
})
afterAll(async () => {
  await database.close()
  await postgres[Symbol.asyncDispose]()
})
beforeEach(async () => {
  const { db, sql } = database
  await sql`delete from schedules`
  await sql`delete from queued_calls`
  const account = await createAccount(db, { email: `${uuidv7()}@example.org` })
  const key = await createApiKey(db, { ownerId: account.id, keyHash: uuidv7() })
  caller = { accountId: account.id, keyId: key.id, scopes: ['a:read'], resources: {} }
})

const HOUR_MS = 3_600_000
const due = new Date(Math.floor(Date.now() / 1000) * 1000 - 1000)
const later = new Date(due.getTime() + HOUR_MS)

const make = (given: Partial<NewSchedule> = {}): Promise<ScheduleRow> =>
  createSchedule(database.db, caller, {
    name: `s-${uuidv7()}`,
    operationName: 'fs.read',
    retry: 'safe',
    cron: '0 * * * *',
    nextDueAt: due,
    ...given,
  })
const makeCall = (): NewQueuedCall => ({
  id: uuidv7(),
  operationName: 'fs.read',
  input: '{}',
  retry: 'safe',
  maxAttempts: 1,
  backoffMs: 0,
  timeoutMs: 1000,
  delayMs: 0,
  expiresAfterMs: HOUR_MS,
  priority: 0,
  depth: 0,
})
const fire = (schedule: ScheduleRow, times: DueTimes = { dues: [due], next: later }) =>
  fireSchedule(database.db, schedule, { caller, makeCall, dueTimes: () => times })
const statuses = async (scheduleId: string) =>
  (await listFirings(database.db, { scheduleId })).items.map(({ status, reason }) =>
    reason === null ? status : `${status} ${reason}`,
  )
const calls = async () => (await database.sql`select id from queued_calls`).length
/** The schedule is due for another time. */
const dueAgain = (schedule: ScheduleRow) =>
  updateSchedule(database.db, schedule.id, { nextDueAt: due, status: 'active' })

test('replicas that fire a schedule at the same moment make one firing and one call', async () => {
  const schedule = await make()
  const seen = must((await listDueSchedules(database.db, 10))[0])
  const fired = await Promise.all(Array.from({ length: 6 }, () => fire(seen)))
  expect(fired.filter((one) => one !== undefined)).toHaveLength(1)
  expect(await statuses(schedule.id)).toEqual(['queued'])
  expect(await calls()).toBe(1)
  expect(await getSchedule(database.db, caller.accountId, schedule.name)).toMatchObject({
    nextDueAt: later,
  })
  expect(await listDueSchedules(database.db, 10)).toEqual([])
  const nextMs = must(await readNextDueMs(database.db))
  expect(nextMs).toBeGreaterThan(0)
  expect(nextMs).toBeLessThanOrEqual(HOUR_MS)
})

test('a time that has fired does not fire again, also when the clock of the database was set back', async () => {
  const schedule = await make({ overlap: 'allow' })
  await fire(schedule)
  await dueAgain(schedule)
  expect(await fire(schedule)).toMatchObject({ calls: [] })
  expect(await calls()).toBe(1)
})

test('a transaction that fails leaves neither a firing nor a call, and the schedule is still due', async () => {
  const schedule = await make()
  const failing = fireSchedule(database.db, schedule, {
    caller,
    makeCall: () => ({ ...makeCall(), priority: 99 }),
    dueTimes: () => ({ dues: [due], next: later }),
  })
  await expect(failing).rejects.toMatchObject({ code: expect.any(String) })
  expect(await statuses(schedule.id)).toEqual([])
  expect(await calls()).toBe(0)
  expect(await listDueSchedules(database.db, 10)).toHaveLength(1)
})

test('a schedule that was changed or paused meanwhile does not fire what was prepared for it', async () => {
  const changed = await make()
  await updateSchedule(database.db, changed.id, { input: '{"other":1}' })
  const paused = await make()
  await updateSchedule(database.db, paused.id, {
    status: 'paused',
    pausedReason: 'request',
    nextDueAt: null,
  })
  expect(await fire(changed)).toBeUndefined()
  expect(await fire(paused)).toBeUndefined()
  expect(await calls()).toBe(0)
})

test('while an earlier call runs, a firing is skipped, waits, cancels it, or runs beside it', async () => {
  const outcome = async (overlap: 'skip' | 'queue' | 'cancel-previous' | 'allow') => {
    const schedule = await make({ overlap })
    const first = must((await fire(schedule))?.calls[0])
    await dueAgain(schedule)
    await fire(schedule, { dues: [new Date(due.getTime() + 1000)], next: later })
    const [row] = await database.sql<{ status: string }[]>`
      select status::text from queued_calls where id = ${first.id}`
    return [must(row).status, ...(await statuses(schedule.id))]
  }
  expect(await outcome('skip')).toEqual(['accepted', 'skipped overlap', 'queued'])
  expect(await outcome('queue')).toEqual(['accepted', 'waiting', 'queued'])
  expect(await outcome('cancel-previous')).toEqual(['aborted', 'queued', 'queued'])
  expect(await outcome('allow')).toEqual(['accepted', 'queued', 'queued'])
})

test('a firing that waits is queued when the earlier call has ended, the oldest first', async () => {
  const schedule = await make({ overlap: 'queue' })
  const first = must((await fire(schedule))?.calls[0])
  await dueAgain(schedule)
  const at = (seconds: number) => new Date(due.getTime() + seconds * 1000)
  await fire(schedule, { dues: [at(1), at(2)], next: later })
  expect(await listReleasedSchedules(database.db, 10)).toEqual([])
  expect(await releaseFiring(database.db, schedule, { caller, makeCall })).toBeUndefined()
  await abortQueuedCall(database.db, first.id, 'enough')
  expect((await listReleasedSchedules(database.db, 10)).map(({ id }) => id)).toEqual([schedule.id])
  const released = await Promise.all(
    [0, 1].map(() => releaseFiring(database.db, schedule, { caller, makeCall })),
  )
  expect(released.filter((one) => one !== undefined)).toHaveLength(1)
  const { items } = await listFirings(database.db, { scheduleId: schedule.id })
  expect(items.find(({ dueAt }) => dueAt.getTime() === at(1).getTime())?.status).toBe('queued')
})

test('a firing that waits is not queued while its schedule is paused, nor with rights that the schedule no longer has', async () => {
  const schedule = await make({ overlap: 'queue' })
  const first = must((await fire(schedule))?.calls[0])
  await dueAgain(schedule)
  await fire(schedule, { dues: [new Date(due.getTime() + 1000)], next: later })
  await abortQueuedCall(database.db, first.id, 'enough')
  const release = (seen: ScheduleRow) => releaseFiring(database.db, seen, { caller, makeCall })
  const change = { status: 'paused', pausedReason: 'request', nextDueAt: null } as const
  const paused = await updateSchedule(database.db, schedule.id, change)
  expect(await listReleasedSchedules(database.db, 10)).toEqual([])
  expect(await release(paused)).toBeUndefined()
  const narrower = { ...caller, scopes: [] }
  const resumed = await updateSchedule(
    database.db,
    schedule.id,
    { status: 'active', pausedReason: null, nextDueAt: later, metadata: { acting: ['spoke'] } },
    narrower,
  )
  expect(await release(paused)).toBeUndefined()
  expect(await release({ ...resumed, metadata: {} })).toBeUndefined()
  expect(await release(resumed)).toMatchObject({ operationName: 'fs.read' })
})

test('a schedule without a further time has ended', async () => {
  const schedule = await make({ cron: null, at: due })
  await fire(schedule, { dues: [due], next: undefined })
  expect(await getSchedule(database.db, caller.accountId, schedule.id)).toMatchObject({
    status: 'ended',
    nextDueAt: null,
  })
})

test('firings by request are never at a whole second and never take the place of one another', async () => {
  const schedule = await make()
  await Promise.all(
    Array.from({ length: 5 }, () => fireManually(database.db, schedule.id, { caller, makeCall })),
  )
  const { items } = await listFirings(database.db, { scheduleId: schedule.id })
  expect(items).toHaveLength(5)
  expect(items.every(({ manual, dueAt }) => manual && dueAt.getTime() % 1000 > 0)).toBe(true)
})

test('names are unique per account, and old firings are deleted unless they wait or their call has not ended', async () => {
  const schedule = await make({ name: 'nightly', overlap: 'queue' })
  await expect(make({ name: 'nightly' })).rejects.toMatchObject({ code: 'CONFLICT' })
  await fire(schedule)
  await dueAgain(schedule)
  await fire(schedule, { dues: [new Date(due.getTime() + 1000)], next: later })
  await database.sql`update schedule_firings set created_at = now() - interval '91 days'`
  expect(await pruneFirings(database.db, 90 * 24 * HOUR_MS, 10)).toBe(0)
  await database.sql`
    update queued_calls set status = 'completed', ended_at = now()
    where id in (select call_id from schedule_firings where schedule_id = ${schedule.id})`
  expect(await pruneFirings(database.db, 90 * 24 * HOUR_MS, 10)).toBe(1)
  expect(await statuses(schedule.id)).toEqual(['waiting'])
  const page = await listSchedules(database.db, { accountId: caller.accountId, status: 'active' })
  expect(page.items.map(({ name }) => name)).toEqual(['nightly'])
})
