import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { openDatabase } from '../database/open-database.ts'
import { createAccount } from '../identity/accounts.ts'
import { attachSpoke } from '../registry/attach-spoke.ts'
import { replaceRegistrations } from '../registry/replace-registrations.ts'
import { makeCallPartitions } from './call-partitions.ts'
import { insertCallRecords } from './insert-call-records.ts'
import { pruneOperationCalls } from './prune-operation-calls.ts'
import { callIdAt, testRecord } from './test-record.ts'

const DAY_MS = 86_400_000
const days = (count: number): number => count * DAY_MS

test('calls of named operations are deleted after their own time, in steps, and no others', async () => {
  await using postgres = await createTestDatabase()
  await using database = await openDatabase(postgres.url)
  const { db, sql } = database
  const ownerId = (await createAccount(db, { email: 'owner@example.com' })).id
  const attached = await attachSpoke(db, {
    name: 'laptop',
    ownerId,
    spokeType: 'dev-env',
    instanceId: uuidv7(),
    sessionTokenHash: 'h',
  })
  const spec = {
    version: '1.0.0',
    type: 'query' as const,
    description: '',
    inputSchema: true,
    outputSchema: true,
    accessControl: { requiredScopes: [] },
  }
  await replaceRegistrations(db, {
    ...attached,
    operations: ['run', 'list'].map((name) => ({
      operationId: `dev.laptop.shell.${name}`,
      namespace: 'dev.laptop.shell',
      name,
      preRemapNamespace: 'shell',
      preRemapName: name,
      status: 'active' as const,
      spec: { ...spec, namespace: 'shell', name },
    })),
  })
  const record = (operationId: string, ageDays: number, endedDaysAgo = ageDays) =>
    testRecord({
      operationId,
      callId: callIdAt(Date.now() - days(ageDays)),
      startedAtMs: Date.now() - days(ageDays),
      endedAtMs: Date.now() - days(endedDaysAgo),
    })
  const records = [
    ...[1, 3, 5, 7].map((age) => record('fs.read', age)),
    record('fs.readme', 7),
    // Ended late.
    record('fs.read', 6, 1),
    ...[1, 3, 9].map((age) => record('shell.run', age)),
    ...[7, 9].map((age) => record('shell.list', age)),
    record('dev.laptop.shell.list', 9),
    // No operation has this name.
    record('shell.invented', 9),
    record('shells.run', 9),
    record('tasks.list', 9),
  ]
  await insertCallRecords(db, records)
  // Some are in partitions of their days, the others in the default one.
  await makeCallPartitions(db, { keepMs: days(4) })
  const left = async (): Promise<string[]> => {
    const rows = await sql<{ name: string; days: number }[]>`
      select operation_name as name, round(extract(epoch from now() - started_at) / 86400)::int as days
      from call_log order by operation_name, id desc`
    return rows.map(({ name, days: age }) => `${name} ${age}`)
  }
  const all = await left()
  expect(await pruneOperationCalls(db, [])).toBe(0)
  const kept = [
    { operation: 'fs.read', keepMs: days(2) },
    { operation: 'shell.*', keepMs: days(8) },
    { operation: 'shell.run', keepMs: days(2) },
    { operation: 'none.*', keepMs: days(1) },
  ]
  const counts = []
  for (let at = 0; at < 4; at += 1)
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    counts.push(await pruneOperationCalls(db, kept, 2))
  expect(counts).toEqual([2, 2, 2, 0])
  const gone = ['fs.read 3', 'fs.read 5', 'fs.read 7', 'shell.run 3', 'shell.run 9', 'shell.list 9']
  expect(await left()).toEqual(all.filter((one) => !gone.includes(one)))
})
