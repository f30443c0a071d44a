import { expect, test } from 'vitest'
import { MemoryStore } from './index.ts'
import { record } from './testing/harness.ts'
import { storageConformance } from './testing/index.ts'

test.each(storageConformance('deletable'))('$name', async ({ run }) => {
  await expect(run({ store: new MemoryStore(), ownerA: 'a', ownerB: 'b' })).resolves.toBeUndefined()
})

test('the memory store holds at most the configured number of keys and logs', async () => {
  const store = new MemoryStore({ maxKeys: 2 })
  await store.save(record('a'))
  await store.save(record('a'))
  await expect(store.save(record('a'))).rejects.toThrow('At most 2 keys can be held.')
})
