import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import type { SettledCall } from './ledger-call.ts'
import { openCalls, settleCalls } from './ledger.ts'
import { readLatencies } from './read-latencies.ts'
import { ACCOUNT, openingCall, settledCall } from './test-calls.ts'
import { reportUsage } from './usage-report.ts'

const HOUR_MS = 3_600_000

test('each attempt counts for the provider that it asked, and one that failed for none', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 1 })
  const { db } = database
  const ended = async (
    attempts: readonly Partial<SettledCall['attempts'][number]>[],
    startedAt = new Date(),
  ): Promise<void> => {
    const call = openingCall({ startedAt })
    await openCalls(db, [call])
    const settled = settledCall(call, { tokens: 1, micros: 5 })
    const [one] = settled.attempts
    if (one === undefined) throw new Error('unreachable')
    await settleCalls(db, [
      {
        ...settled,
        attempts: attempts.map((given, at) => ({ ...one, attempt: at + 1, ...given })),
      },
    ])
  }
  await ended([
    { provider: 'down', target: 'down/small', code: 'UNAVAILABLE', totalMs: 50 },
    { totalMs: 10, firstTokenMs: 3 },
  ])
  await ended([{ totalMs: 30 }])
  await ended([{ provider: 'whole', target: 'whole/small', totalMs: 20 }])
  await ended([{ totalMs: 9000 }], new Date(Date.now() - 2 * HOUR_MS))
  expect(await readLatencies(db, ['acme', 'down', 'whole', 'unused'], HOUR_MS)).toEqual(
    new Map([
      ['acme', { requests: 2, p50Ms: 10, p95Ms: 30, firstTokenP50Ms: 3, firstTokenP95Ms: 3 }],
      ['whole', { requests: 1, p50Ms: 20, p95Ms: 20 }],
    ]),
  )
  expect(await readLatencies(db, [], HOUR_MS)).toEqual(new Map())
})

test('the calls of a session are reported one by one', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url, { max: 1 })
  const { db } = database
  const sessionId = '00000000-0000-7000-8000-00000000000b'
  const calls = [openingCall({ sessionId }), openingCall({ sessionId }), openingCall()]
  await openCalls(db, calls)
  await settleCalls(
    db,
    calls.slice(1).map((call, at) => settledCall(call, { tokens: 2, micros: 7 + at })),
  )
  const { items } = await reportUsage(db, {
    by: 'call',
    since: new Date(Date.now() - HOUR_MS),
    until: new Date(Date.now() + HOUR_MS),
    accountId: ACCOUNT,
    sessionId,
  })
  // One that runs is in none of the sums.
  expect(items.map(({ group, calls, costMicros }) => [group, calls, costMicros])).toEqual([
    [calls[1]?.id, 1, 7],
  ])
})
