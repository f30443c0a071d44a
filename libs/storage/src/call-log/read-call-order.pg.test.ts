import { createTestDatabase } from '@alkdev/testing'
import { uuidv7 } from '@alkdev/std'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { insertCallRecords } from './insert-call-records.ts'
import { readCallOrder } from './read-call-order.ts'
import { callIdAt, testRecord } from './test-record.ts'

const HOUR_MS = 3_600_000

test('edges lead from callers to called operations, and from each call to the next one of the same caller', async () => {
  await using database = await createTestDatabase()
  await using opened = await openDatabase(database.url)
  const { db } = opened
  const [ada, bob] = [uuidv7(), uuidv7()]
  let at = Date.now() - HOUR_MS / 2
  const call = (operationId: string, parentCallId?: string, accountId = ada) => {
    at += 10
    return testRecord({
      callId: callIdAt(at),
      operationId,
      principal: { id: accountId, scopes: [] },
      startedAtMs: at,
      endedAtMs: at,
      ...(parentCallId !== undefined && { parentCallId }),
    })
  }
  const roots = [call('plan'), call('plan')]
  const below = roots.flatMap(({ callId }) => [
    call('find', callId),
    call('read', callId),
    call('read', callId),
  ])
  const old = testRecord({
    callId: callIdAt(Date.now() - 3 * HOUR_MS),
    operationId: 'old',
    principal: { id: ada, scopes: [] },
  })
  await insertCallRecords(db, [...roots, ...below, call('foreign', roots[0]?.callId, bob), old])
  const limits = { windowMs: HOUR_MS, maxNames: 10, maxEdges: 10 }
  expect(await readCallOrder(db, { accountIds: [ada] }, limits)).toEqual({
    operations: [
      { operationName: 'read', count: 4 },
      { operationName: 'find', count: 2 },
      { operationName: 'plan', count: 2 },
    ],
    edges: [
      { from: 'plan', to: 'read', kind: 'calls', count: 4 },
      { from: 'find', to: 'read', kind: 'next', count: 2 },
      { from: 'plan', to: 'find', kind: 'calls', count: 2 },
      { from: 'read', to: 'read', kind: 'next', count: 2 },
    ],
    complete: true,
  })
  const few = await readCallOrder(
    db,
    { accountIds: [ada] },
    { ...limits, maxNames: 2, maxEdges: 1 },
  )
  expect(few.operations.map(({ operationName }) => operationName)).toEqual(['read', 'find'])
  expect([few.edges.length, few.complete]).toEqual([1, false])
})
