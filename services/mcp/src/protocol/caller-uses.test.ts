import type { Authenticated } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { WatchedUse } from '@alkdev/service'
import { expect, test } from 'vitest'
import { CallerUses } from './caller-uses.ts'

const make = (keyId: string): Authenticated => ({
  identity: { id: 'ada', keyId, scopes: ['a'] },
})
const [oldHolder, newHolder] = [make('old'), make('new')]
const ended = new CallError('UNAUTHENTICATED', 'The key is no longer valid.')
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A token that acts with the key `old` until that has ended, and then with `successor`. */
function setUp(successor: Authenticated | undefined) {
  const token = make('old')
  const later = make('new')
  const watched = new Map<string | undefined, WatchedUse>()
  const valid = new Set<string | undefined>(['old', 'new'])
  const refuse = ({ keyId }: { keyId?: string }) =>
    valid.has(keyId) ? undefined : Promise.reject(ended)
  const uses = new CallerUses(
    {
      watch(use) {
        const { keyId } = use.authenticated.identity
        watched.set(keyId, use)
        return () => watched.delete(keyId)
      },
      confirm: refuse,
      hold: refuse,
    },
    {
      holderOf: (one) =>
        new Map([
          [token, oldHolder],
          [later, newHolder],
        ]).get(one) ?? one,
      again: async (one) => (one === token && successor !== undefined ? later : undefined),
    },
  )
  const end = (keyId: string): void => {
    valid.delete(keyId)
    watched.get(keyId)?.end(ended)
  }
  return { token, later, uses, watched, end }
}

test('a use of a token goes on with the key that takes the place of its key, and ends with that', async () => {
  const { token, later, uses, watched, end } = setUp(newHolder)
  const reasons: unknown[] = []
  const stop = uses.watch({ authenticated: token, end: (reason) => reasons.push(reason) })
  end('old')
  await settled()
  expect(reasons).toEqual([])
  expect(await uses.confirmed(token)).toBe(later)
  await uses.hold(token, new AbortController().signal)
  end('new')
  await settled()
  expect(reasons).toEqual([ended])
  stop()
  expect(watched.size).toBe(1)
})

test.each([
  ['the account has no other key for it', undefined, undefined],
  ['the other key does not allow the use', newHolder, () => false],
])('a use of a token ends with its key when %s', async (_what, successor, allowed) => {
  const { token, uses, end } = setUp(successor)
  const reasons: unknown[] = []
  const use = { authenticated: token, end: (reason: unknown) => reasons.push(reason) }
  uses.watch(allowed === undefined ? use : { ...use, allowed })
  end('old')
  await settled()
  expect(reasons).toEqual([ended])
})

test('a use that has ended is not watched again', async () => {
  const { token, uses, watched, end } = setUp(newHolder)
  const stop = uses.watch({ authenticated: token, end: () => undefined })
  end('old')
  stop()
  await settled()
  expect(watched.has('new')).toBe(false)
})

test('a use of an API key ends with the key', () => {
  const { uses, end } = setUp(newHolder)
  const reasons: unknown[] = []
  uses.watch({ authenticated: oldHolder, end: (reason) => reasons.push(reason) })
  end('old')
  expect(reasons).toEqual([ended])
})

test('a request whose token stands for no key any more is refused', async () => {
  const { token, uses, end } = setUp(undefined)
  end('old')
  await expect(uses.confirmed(token)).rejects.toBe(ended)
  await expect(uses.hold(token, new AbortController().signal)).rejects.toBe(ended)
})
