import { expect, test } from 'vitest'
import { contractsOf, spec, spokeOf } from '../testing/harness.ts'
import { DirectoryIndex } from './directory-index.ts'
import { RegistryStore } from './registry-store.ts'

function registry(): { readonly store: RegistryStore; readonly index: DirectoryIndex } {
  const index = new DirectoryIndex(() => store.entries)
  const store = new RegistryStore(contractsOf('coordinator'), {
    onAdded: (entry) => index.set(entry),
    onRemoved: (entry) => index.delete(entry),
    onServesOthers() {},
  })
  return { store, index }
}

const all = (): boolean => true
async function idsOf(index: DirectoryIndex, query: string): Promise<string[]> {
  return (await index.search(undefined, query, 3, all)).map(({ id }) => id)
}

test('the first search finds what was in the directory before, and a later one what changed since', async () => {
  const { store, index } = registry()
  store.upsert(spokeOf('one', 'i', [spec('fs.read')]))
  store.settle()
  expect(await idsOf(index, 'fs read')).toContain('fs.read')
  store.upsert(spokeOf('two', 'i', [spec('mail.send')]))
  store.remove('spoke-one')
  store.settle()
  expect(await idsOf(index, 'mail send')).toContain('mail.send')
  expect(await idsOf(index, 'fs read')).toEqual([])
})

test('what changes while the index is made is in it as it is then', async () => {
  const { store, index } = registry()
  const many = Array.from({ length: 400 }, (_, at) => spec(`room${at}.open${at}`))
  store.upsert(spokeOf('many', 'i', many))
  store.upsert(spokeOf('last', 'i', [spec('fs.read')]))
  store.settle()
  const searches = ['fs read', 'mail send', 'room7 open7'].map((query) => idsOf(index, query))
  store.remove('spoke-last')
  store.upsert(spokeOf('next', 'i', [spec('mail.send')]))
  store.settle()
  const [read, sent, opened] = await Promise.all(searches)
  expect(read).not.toContain('fs.read')
  expect(sent).toContain('mail.send')
  expect(opened).toContain('room7.open7')
})

test('a search that is aborted leaves the index to the next one', async () => {
  const { store, index } = registry()
  store.upsert(spokeOf('one', 'i', [spec('fs.read')]))
  store.settle()
  const signal = AbortSignal.abort(new Error('given up'))
  await expect(index.search(signal, 'fs read', 3, all)).rejects.toThrow('given up')
  expect(await idsOf(index, 'fs read')).toContain('fs.read')
})
