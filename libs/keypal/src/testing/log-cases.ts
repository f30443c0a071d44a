import assert from 'node:assert/strict'
import type { AuditLogQuery } from '../records.ts'
import type { Storage } from '../storage.ts'
import { log, record } from './harness.ts'
import type { ConformanceCase, StoreHarness } from './harness.ts'

const day = (number: number): string => `2031-01-0${number}T00:00:00.000Z`

/** Four logs of two keys of one owner on four days. */
async function fourLogs({
  store,
  ownerA,
}: StoreHarness): Promise<{ readonly one: string; readonly two: string }> {
  const [one, two] = [record(ownerA), record(ownerA)]
  await store.save(one, [log('created', one, day(1))])
  await store.save(two, [log('created', two, day(2))])
  await store.updateMetadata(one.id, { enabled: false }, { logs: [log('disabled', one, day(3))] })
  await store.updateMetadata(one.id, { enabled: true }, { logs: [log('enabled', one, day(4))] })
  return { one: one.id, two: two.id }
}

async function days(store: Storage, query: AuditLogQuery): Promise<string[]> {
  const found = await store.findLogs?.(query)
  assert.ok(found)
  assert.equal(await store.countLogs?.({ ...query, limit: 1, offset: 0 }), found.length)
  return found.map(({ timestamp }) => timestamp)
}

export const logCases: readonly ConformanceCase[] = [
  {
    name: 'logs come newest first and are found by key, owner, action and time, all at once',
    async run(harness) {
      const { store, ownerA } = harness
      const { one } = await fourLogs(harness)
      assert.deepEqual(await days(store, { ownerId: ownerA }), [day(4), day(3), day(2), day(1)])
      assert.deepEqual(await days(store, { keyId: one }), [day(4), day(3), day(1)])
      assert.deepEqual(await days(store, { ownerId: ownerA, action: 'created' }), [day(2), day(1)])
      assert.deepEqual(await days(store, { ownerId: ownerA, startDate: day(2), endDate: day(3) }), [
        day(3),
        day(2),
      ])
      assert.deepEqual(await days(store, { keyId: one, action: 'created', endDate: day(2) }), [
        day(1),
      ])
    },
  },
  {
    name: 'limit and offset cut a page',
    async run(harness) {
      const { store, ownerA } = harness
      await fourLogs(harness)
      const page = await store.findLogs?.({ ownerId: ownerA, limit: 2, offset: 1 })
      assert.deepEqual(
        page?.map(({ timestamp }) => timestamp),
        [day(3), day(2)],
      )
    },
  },
  {
    name: 'a log keeps who did it and from where',
    async run(harness) {
      const { one } = await fourLogs(harness)
      const [newest] = (await harness.store.findLogs?.({ keyId: one })) ?? []
      assert.equal(newest?.action, 'enabled')
      assert.equal(newest.keyId, one)
      assert.equal(newest.ownerId, harness.ownerA)
      assert.equal(newest.context.ip, '192.0.2.1')
      assert.deepEqual(newest.context.metadata, { why: 'test' })
    },
  },
  {
    name: 'counts by action and the last activity of an owner',
    async run(harness) {
      await fourLogs(harness)
      assert.deepEqual(await harness.store.getLogStats?.(harness.ownerA), {
        total: 4,
        byAction: { created: 2, disabled: 1, enabled: 1 },
        lastActivity: day(4),
      })
      assert.deepEqual(await harness.store.getLogStats?.(harness.ownerB), {
        total: 0,
        byAction: {},
        lastActivity: null,
      })
    },
  },
  {
    name: 'a change that does not happen leaves no log',
    async run({ store, ownerA }) {
      const saved = record(ownerA)
      await store.save(saved)
      const logs = [log('revoked', saved, day(1))]
      const refused = await store.updateMetadata(
        saved.id,
        { name: 'x' },
        { expected: { enabled: false }, logs },
      )
      assert.equal(refused, false)
      await assert.rejects(store.save(saved, logs))
      assert.deepEqual(await store.findLogs?.({ ownerId: ownerA }), [])
    },
  },
]

export const logDeletionCases: readonly ConformanceCase[] = [
  {
    name: 'deleting logs honours every filter, the times included',
    async run(harness) {
      const { store, ownerA } = harness
      const { one, two } = await fourLogs(harness)
      assert.equal(await store.deleteLogs?.({ keyId: one, endDate: day(2) }), 1)
      assert.deepEqual(await days(store, { ownerId: ownerA }), [day(4), day(3), day(2)])
      assert.equal(await store.deleteLogs?.({ ownerId: ownerA, startDate: day(4) }), 1)
      assert.equal(await store.deleteLogs?.({ keyId: two, action: 'revoked' }), 0)
      assert.deepEqual(await days(store, { ownerId: ownerA }), [day(3), day(2)])
    },
  },
]
