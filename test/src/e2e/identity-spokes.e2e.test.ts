import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

// What becomes of a spoke whose account, or key, is no longer good.

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

let names = 0
const attach = (url: string, { key }: TestKey, name: string) =>
  HandSpoke.attach(url, key, name, [specOf('slow')])
const status = (accountId: string, word: string) =>
  call(hub, hub.admin, 'accounts.setStatus', { accountId, status: word })

const ways = [
  {
    name: 'suspended',
    end: (user: TestKey) => status(user.accountId, 'suspended'),
    undo: (user: TestKey) => status(user.accountId, 'active'),
  },
  {
    name: 'deactivated',
    end: (user: TestKey) => status(user.accountId, 'deactivated'),
    undo: (user: TestKey) => status(user.accountId, 'active'),
  },
  {
    name: 'without its key',
    end: ({ keyId }: TestKey) => call(hub, hub.admin, 'keys.update', { keyId, enabled: false }),
    undo: ({ keyId }: TestKey) => call(hub, hub.admin, 'keys.update', { keyId, enabled: true }),
  },
] as const

test.each(ways)(
  'the socket of a spoke whose account is $name closes with 4401, its callers get an error, and it gets 401 until that is undone',
  async ({ end, undo }) => {
    const owner = await hub.createKey(['spokes:attach'])
    const caller = await hub.createKey([], owner.accountId)
    const [direct, relayed] = [`d-${++names}`, `d-${++names}`]
    await using one = await attach(hub.broker, owner, direct)
    // The gateway passes sockets on; the close code must come through it, too.
    await using two = await attach(hub.gateway, owner, relayed)
    // Of the same account: an own key that stays good only where the account does.
    await using client = await PlainSocket.open(hub.broker, caller.key)
    const pending = client.call(one.id('slow'), {})
    await one.asked()
    expect((await end(owner)).status).toBe(200)
    const closed = await Promise.all([one.socket.closed, two.socket.closed])
    expect(closed.map(({ code }) => code)).toEqual([4401, 4401])
    const answer = await Promise.race([
      pending.then(({ payload }) => payload.code as unknown),
      client.closed.then(({ code }) => code),
    ])
    expect(['PROVIDER_LOST', 'UNAUTHENTICATED', 4401]).toContain(answer)
    for (const url of [hub.broker, hub.gateway])
      await expect(attach(url, owner, direct)).rejects.toThrow('status 401')
    await undo(owner)
    await vi.waitFor(
      async () => {
        await using again = await attach(hub.broker, owner, direct)
        expect(again.token).toBeDefined()
      },
      { timeout: 5000, interval: 100 },
    )
  },
)
