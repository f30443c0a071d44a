import type { SystemFinding } from '@alkdev/contracts'
import { uuidv7 } from '@alkdev/std'
import { listInbox, openDatabase } from '@alkdev/storage'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { HealthRecord } from './health-record.ts'

const ok = (check: string): SystemFinding => ({ check, state: 'ok', says: 'It answers.' })
const wrong = (check: string): SystemFinding => ({
  check,
  state: 'wrong',
  says: 'It is gone.',
  fix: 'Start it.',
})

test('a check that fails twice in a row is in the inbox until it succeeds', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db } = database
  const viewer = { accountId: uuidv7(), orgIds: [], system: true }
  const listed = async () => (await listInbox(db, { viewer })).items.map(({ title }) => title)
  const record = new HealthRecord(db)
  await record.take([ok('mcp'), wrong('Redis')])
  expect(await listed()).toEqual([])
  await record.take([wrong('mcp'), ok('mcp'), wrong('Redis')])
  expect(await listed()).toEqual(['Redis: It is gone.'])
  await record.take([wrong('mcp'), ok('Redis')])
  expect(await listed()).toEqual(['mcp: It is gone.'])

  // Another gateway goes on: what is right is closed by its first look, what is wrong stays.
  const next = new HealthRecord(db)
  await next.take([wrong('mcp')])
  expect(await listed()).toEqual(['mcp: It is gone.'])
  await new HealthRecord(db).take([ok('mcp')])
  expect(await listed()).toEqual([])
})
