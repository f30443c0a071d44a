import { expect, test } from 'vitest'
import { StreamLimit } from './stream-limit.ts'

const identity = (keyId: string) => ({ id: 'account', keyId, scopes: [] })

test('a key may have open streams up to its limit, and another one after one of them has ended (A12)', () => {
  const limit = new StreamLimit(2)
  const leave = limit.enter(identity('a'))
  limit.enter(identity('a'))
  expect(() => limit.enter(identity('a'))).toThrow(
    expect.objectContaining({ code: 'RATE_LIMITED' }),
  )
  limit.enter(identity('b'))
  leave()
  limit.enter(identity('a'))
})
