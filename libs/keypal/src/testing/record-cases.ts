import assert from 'node:assert/strict'
import { ApiKeyError } from '../errors.ts'
import type { ApiKeyRecord } from '../records.ts'
import type { Storage } from '../storage.ts'
import { record } from './harness.ts'
import type { ConformanceCase } from './harness.ts'

const code = (expected: string) => (error: unknown) =>
  error instanceof ApiKeyError && error.code === expected
const ids = (records: readonly ApiKeyRecord[]): string[] => records.map(({ id }) => id)

async function metadataOf(store: Storage, id: string): Promise<ApiKeyRecord['metadata']> {
  const found = await store.findById(id)
  assert.ok(found)
  return found.metadata
}

export const recordCases: readonly ConformanceCase[] = [
  {
    name: 'what is saved is found by id and by hash, every field of it',
    async run({ store, ownerA }) {
      const saved = record(ownerA, {
        name: 'CI “naïve” 🔑',
        description: 'd',
        scopes: ['fs:read', '*'],
        resources: { 'project:p1': ['read', 'write'] },
        tags: ['ci', 'eu'],
        enabled: false,
        expiresAt: '2031-02-03T04:05:06.789Z',
        hint: 'alk_abcd',
      })
      await store.save(saved)
      for (const found of [await store.findById(saved.id), await store.findByHash(saved.keyHash)]) {
        assert.ok(found)
        assert.deepEqual(found.metadata, saved.metadata)
        assert.deepEqual([found.id, found.keyHash], [saved.id, saved.keyHash])
      }
    },
  },
  {
    name: 'what is not there is null, an empty list, or KEY_NOT_FOUND',
    async run({ store, ownerA }) {
      const other = record(ownerA)
      assert.equal(await store.findById(other.id), null)
      assert.equal(await store.findByHash(other.keyHash), null)
      assert.deepEqual(await store.findByOwner(ownerA), [])
      assert.deepEqual(await store.findByTag('none', ownerA), [])
      await assert.rejects(store.updateMetadata(other.id, { name: 'x' }), code('KEY_NOT_FOUND'))
      await assert.rejects(
        store.rotate(other.id, { rotatedTo: null }, record(ownerA)),
        code('KEY_NOT_FOUND'),
      )
    },
  },
  {
    name: 'a second key with the same id or hash is refused and the first stays',
    async run({ store, ownerA }) {
      const first = record(ownerA, { name: 'first' })
      await store.save(first)
      await assert.rejects(store.save({ ...record(ownerA), id: first.id }), code('KEY_EXISTS'))
      await assert.rejects(
        store.save({ ...record(ownerA), keyHash: first.keyHash }),
        code('KEY_EXISTS'),
      )
      assert.equal((await metadataOf(store, first.id)).name, 'first')
      assert.deepEqual(ids(await store.findByOwner(ownerA)), [first.id])
    },
  },
  {
    name: 'changing a record that was given out changes nothing in the store',
    async run({ store, ownerA }) {
      const saved = record(ownerA, { tags: ['a'] })
      await store.save(saved)
      ;(saved.metadata.tags as string[]).push('mine')
      const found = await store.findById(saved.id)
      assert.ok(found)
      ;(found.metadata.tags as string[]).push('mine')
      assert.deepEqual((await metadataOf(store, saved.id)).tags, ['a'])
    },
  },
  {
    name: 'keys of an owner are listed newest first and belong only to that owner',
    async run({ store, ownerA, ownerB }) {
      const [one, two, three] = [record(ownerA), record(ownerA), record(ownerB)]
      for (const each of [two, three, one]) await store.save(each)
      assert.deepEqual(ids(await store.findByOwner(ownerA)), [two.id, one.id])
    },
  },
  {
    name: 'tags match any of those asked, in lower case, within the owner if one is named',
    async run({ store, ownerA, ownerB }) {
      const [eu, us, both, other] = [
        record(ownerA, { tags: ['eu'] }),
        record(ownerA, { tags: ['us'] }),
        record(ownerA, { tags: ['eu', 'us'] }),
        record(ownerB, { tags: ['eu'] }),
      ]
      for (const each of [eu, us, both, other]) await store.save(each)
      assert.deepEqual(ids(await store.findByTag('EU', ownerA)), [both.id, eu.id])
      assert.deepEqual(ids(await store.findByTags(['eu', 'us'], ownerA)), [both.id, us.id, eu.id])
      assert.deepEqual(await store.findByTags([], ownerA), [])
      const everywhere = ids(await store.findByTag('eu'))
      assert.ok([eu.id, both.id, other.id].every((id) => everywhere.includes(id)))
    },
  },
  {
    name: 'a change sets the fields it names and no others, null included',
    async run({ store, ownerA }) {
      const saved = record(ownerA, {
        name: 'n',
        expiresAt: '2031-01-01T00:00:00.000Z',
        scopes: ['a:b'],
        tags: ['t'],
      })
      await store.save(saved)
      assert.equal(await store.updateMetadata(saved.id, { expiresAt: null, tags: ['u'] }), true)
      assert.deepEqual(await metadataOf(store, saved.id), {
        ...saved.metadata,
        expiresAt: null,
        tags: ['u'],
      })
      assert.deepEqual(await store.findByTag('t', ownerA), [])
      assert.deepEqual(ids(await store.findByTag('u', ownerA)), [saved.id])
    },
  },
  {
    name: 'a change whose expectation does not hold changes nothing and says false',
    async run({ store, ownerA }) {
      const saved = record(ownerA, { enabled: false })
      await store.save(saved)
      assert.equal(
        await store.updateMetadata(saved.id, { name: 'x' }, { expected: { enabled: true } }),
        false,
      )
      assert.equal((await metadataOf(store, saved.id)).name, null)
      const ok = await store.updateMetadata(
        saved.id,
        { name: 'y' },
        { expected: { enabled: false, revokedAt: null } },
      )
      assert.equal(ok, true)
      assert.equal((await metadataOf(store, saved.id)).name, 'y')
    },
  },
  {
    name: 'of many that revoke at once exactly one succeeds',
    async run({ store, ownerA }) {
      const saved = record(ownerA)
      await store.save(saved)
      const revoke = (second: number): Promise<boolean> =>
        store.updateMetadata(
          saved.id,
          { revokedAt: `2031-01-01T00:00:0${second}.000Z` },
          { expected: { revokedAt: null } },
        )
      const done = await Promise.all(Array.from({ length: 8 }, (_, second) => revoke(second)))
      assert.equal(done.filter(Boolean).length, 1)
      assert.equal(
        (await metadataOf(store, saved.id)).revokedAt,
        `2031-01-01T00:00:0${done.indexOf(true)}.000Z`,
      )
    },
  },
  {
    name: 'of many that rotate at once exactly one gets a successor, and no other successor exists',
    async run({ store, ownerA }) {
      const old = record(ownerA)
      await store.save(old)
      const successors = Array.from({ length: 6 }, () => record(ownerA))
      const done = await Promise.all(
        successors.map((next) =>
          store.rotate(old.id, { rotatedTo: next.id, revokedAt: '2031-01-01T00:00:00.000Z' }, next),
        ),
      )
      assert.equal(done.filter(Boolean).length, 1)
      const winner = successors[done.indexOf(true)]
      assert.ok(winner)
      assert.deepEqual(
        ids(await store.findByOwner(ownerA)).toSorted(),
        [old.id, winner.id].toSorted(),
      )
      assert.equal((await metadataOf(store, old.id)).rotatedTo, winner.id)
    },
  },
  {
    name: 'a rotation whose successor cannot be saved changes nothing',
    async run({ store, ownerA }) {
      const [old, taken] = [record(ownerA), record(ownerA)]
      await store.save(old)
      await store.save(taken)
      const next = { ...record(ownerA), keyHash: taken.keyHash }
      await assert.rejects(store.rotate(old.id, { rotatedTo: next.id }, next), code('KEY_EXISTS'))
      assert.equal((await metadataOf(store, old.id)).rotatedTo, null)
    },
  },
  {
    name: 'counting uses while a key is revoked and disabled undoes neither',
    async run({ store, ownerA }) {
      const saved = record(ownerA)
      await store.save(saved)
      const use = (index: number): Promise<void> =>
        store.recordUsage([
          {
            keyId: saved.id,
            count: 2,
            lastUsedAt: new Date(Date.UTC(2031, 0, 1, 0, 0, index)).toISOString(),
          },
        ])
      const uses = Array.from({ length: 10 }, (_, index) => use(index))
      const revokedAt = '2031-05-05T00:00:00.000Z'
      await Promise.all([...uses, store.updateMetadata(saved.id, { revokedAt, enabled: false })])
      const metadata = await metadataOf(store, saved.id)
      assert.equal(metadata.revokedAt, revokedAt)
      assert.equal(metadata.enabled, false)
      assert.equal(metadata.usageCount, 20)
      assert.equal(metadata.lastUsedAt, '2031-01-01T00:00:09.000Z')
    },
  },
  {
    name: 'uses of many keys are counted in one go, and those of a key that is gone are passed over',
    async run({ store, ownerA }) {
      const [one, two] = [record(ownerA), record(ownerA)]
      await store.save(one)
      await store.save(two)
      const lastUsedAt = '2031-01-01T00:00:00.000Z'
      const usage = [one, record(ownerA), two].map(({ id }, index) => ({
        keyId: id,
        count: index + 1,
        lastUsedAt,
      }))
      await store.recordUsage(usage)
      await store.recordUsage([])
      assert.equal((await metadataOf(store, one.id)).usageCount, 1)
      assert.equal((await metadataOf(store, two.id)).usageCount, 3)
    },
  },
  {
    name: 'deleting removes the key from every search, and deleting twice has no further effect',
    async run({ store, ownerA, ownerB }) {
      const [one, two, three] = [record(ownerA, { tags: ['t'] }), record(ownerA), record(ownerB)]
      for (const each of [one, two, three]) await store.save(each)
      await store.delete(one.id)
      await store.delete(one.id)
      assert.equal(await store.findByHash(one.keyHash), null)
      assert.deepEqual(await store.findByTag('t', ownerA), [])
      await store.deleteByOwner(ownerA)
      assert.deepEqual(await store.findByOwner(ownerA), [])
      assert.deepEqual(ids(await store.findByOwner(ownerB)), [three.id])
      await store.save(one)
      assert.equal((await store.findByHash(one.keyHash))?.id, one.id)
    },
  },
]
