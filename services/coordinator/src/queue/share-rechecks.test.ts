import type { Authenticated } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { recheckAhead, shareRechecks } from './share-rechecks.ts'

function counted() {
  const read: string[] = []
  const authenticator = {
    recheck({ keyId = '' }: { readonly keyId?: string }) {
      read.push(keyId)
      return Promise.resolve({ identity: { keyId, n: read.length } } as unknown as Authenticated)
    },
  }
  const shared = shareRechecks({ authenticator })
  const recheck = (keyId: string) => shared.recheck({ id: 'account', keyId, scopes: [] })
  return { read, recheck }
}

test('requests of one turn for the same key share one read, which starts after them', async () => {
  const { read, recheck } = counted()
  const all = [recheck('a'), recheck('b'), recheck('a')]
  expect(read).toEqual([])
  const [first, , third] = await Promise.all(all)
  expect(third).toBe(first)
  expect(read).toEqual(['a', 'b'])
})

test('a request while a read is in progress is answered by another read', async () => {
  const { read, recheck } = counted()
  const first = await recheck('a')
  expect(await recheck('a')).not.toBe(first)
  expect(read).toEqual(['a', 'a'])
})

test('a key that is looked up beside a claim is not looked up after it, and its failure is that of the attempt', async () => {
  const { read, recheck } = counted()
  const rechecks = { recheck: ({ keyId = '' }: { readonly keyId?: string }) => recheck(keyId) }
  const ahead = recheckAhead(rechecks, new Map([['a', 'account']]))
  const asked = (keyId: string) => ahead.recheck({ id: 'account', keyId, scopes: [] })
  await asked('b')
  expect(read).toEqual(['a', 'b'])
  expect(await asked('a')).toBe(await asked('a'))
  expect(read).toEqual(['a', 'b'])
  const failing = recheckAhead(
    { recheck: () => Promise.reject(new Error('away')) },
    new Map([['a', 'account']]),
  )
  await new Promise((resolve) => setImmediate(resolve))
  await expect(failing.recheck({ id: 'account', keyId: 'a', scopes: [] })).rejects.toThrow('away')
})
