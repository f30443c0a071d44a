import { deferred } from '@alkdev/std'
import { expect, test } from 'vitest'
import { TokenAuthenticator } from './token-authenticator.ts'
import type { TokenAuthenticatorInput } from './token-authenticator.ts'

/** Checks of tokens that end when the test says so. */
function setUp() {
  const checking: (() => void)[] = []
  const input = {
    keys: {},
    db: {},
    onRefused: () => undefined,
    check: {
      async check() {
        const done = deferred<never>()
        checking.push(() => done.reject(new Error('checked')))
        return done.promise
      },
    },
  }
  const authenticator = new TokenAuthenticator(input as unknown as TokenAuthenticatorInput)
  let made = 0
  /** Sends a token from an address: the code of the refusal, once there is one. */
  const send = (ip: string, token = `a.${(made += 1)}.c`): { outcome: string } => {
    const headers = { authorization: `Bearer ${token}` }
    authenticator.from(headers, { ip })
    const sent = { outcome: 'checking' }
    const fail = (error: { code?: string; retryAfterMs?: number }): void => {
      sent.outcome = error.code === undefined ? 'checked' : `${error.code} ${error.retryAfterMs}`
    }
    void Promise.resolve(authenticator.authenticate(headers)).then(
      () => (sent.outcome = 'accepted'),
      fail,
    )
    return sent
  }
  return { send, checking }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const count = (sent: readonly { outcome: string }[], outcome: string): number =>
  sent.filter((one) => one.outcome === outcome).length

test('an address has 16 checks, all have 64, and a refusal says when to ask again', async () => {
  const { send, checking } = setUp()
  const flood = Array.from({ length: 70 }, () => send('192.0.2.1'))
  const other = send('192.0.2.2')
  await settled()
  expect(count(flood, 'checking')).toBe(16)
  expect(count(flood, 'OVERLOADED 1000')).toBe(54)
  expect(other.outcome).toBe('checking')
  const many = Array.from({ length: 60 }, (_, at) => send(`198.51.100.${at}`))
  await settled()
  expect(count(many, 'checking')).toBe(64 - 16 - 1)
  expect(count(many, 'OVERLOADED 1000')).toBe(60 - 47)
  for (const end of checking) end()
  await settled()
  expect(count([...flood, other, ...many], 'checked')).toBe(64)
  expect(send('192.0.2.1').outcome).toBe('checking')
})

test('requests with one token share its check', async () => {
  const { send, checking } = setUp()
  const all = Array.from({ length: 100 }, () => send('192.0.2.1', 'a.b.c'))
  await settled()
  expect(checking).toHaveLength(1)
  checking[0]?.()
  await settled()
  expect(count(all, 'checked')).toBe(100)
  send('192.0.2.1', 'a.b.c')
  expect(checking).toHaveLength(2)
})
