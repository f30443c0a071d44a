import { Secret } from '@alkdev/crypto'
import { makeCertificates, startRedisSentinels } from '@alkdev/testing'
import type { TestCertificates, TestRedisSentinels } from '@alkdev/testing'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import {
  createRedisConnection,
  duplicateConnection,
  duplicateSubscriber,
  openConnection,
  publishTo,
  subscribeWhenReady,
} from './index.ts'
import type { RedisAddress, RedisConnection } from './index.ts'

const OPEN_MS = 30_000

const stack = new AsyncDisposableStack()
let tls: TestCertificates
let servers: TestRedisSentinels
let address: RedisAddress
let redis: RedisConnection

beforeAll(async () => {
  tls = stack.use(await makeCertificates())
  servers = stack.use(await startRedisSentinels({ tls }))
  const nodes = servers.nodes.map((node) => {
    const [host = '', port = ''] = node.split(':')
    return { host, port: Number(port) }
  })
  address = {
    url: new Secret(`rediss://:${servers.password}@unused`),
    tls: { ca: tls.ca },
    sentinel: {
      // One that is unreachable is passed over.
      nodes: [{ host: '127.0.0.1', port: 1 }, ...nodes],
      name: servers.name,
      password: new Secret(servers.sentinelPassword),
      tls: true,
    },
  }
  redis = createRedisConnection('commands', address, { name: 'test:sentinel' })
  stack.defer(() => redis.disconnect())
  await openConnection(redis, OPEN_MS)
})
afterAll(() => stack.disposeAsync())

const works = (): Promise<boolean> =>
  redis.set('works', '1').then(
    () => true,
    () => false,
  )

test('commands, blocking reads and subscriptions go to the primary that the sentinels name', async () => {
  await redis.set('key', 'value')
  const blocking = duplicateConnection('blocking', redis, { name: 'reads' })
  await openConnection(blocking, OPEN_MS)
  const popped = blocking.blpop('list', 0)
  await redis.rpush('list', 'one')
  expect(await popped).toEqual(['list', 'one'])
  blocking.disconnect()
  expect(await servers.servers[0].ask('GET', 'key')).toBe('value')
})

test.each([
  ['sentinel password', { password: new Secret('wrong') }],
  ['name of the primary', { name: 'unknown' }],
])('a wrong %s is refused in time', async (_, wrong) => {
  const sentinel = address.sentinel && { ...address.sentinel, ...wrong }
  const own = createRedisConnection(
    'commands',
    { ...address, ...(sentinel && { sentinel }) },
    { name: 'test' },
  )
  const error: unknown = await openConnection(own, 2000).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'UNAVAILABLE' })
  expect(String((error as Error).cause)).toMatch(/sentinels are unreachable/)
})

test('after the primary was frozen, and after another one was killed, commands and subscriptions continue on the next', async () => {
  const [first, second] = servers.servers
  const subscriber = duplicateSubscriber(redis, { name: 'feed' })
  onTestFinished(() => subscriber.disconnect())
  const messages: string[] = []
  subscriber.on('message', (_channel: string, text: string) => messages.push(text))
  subscribeWhenReady(subscriber, () => ['news'], String)
  await subscriber.subscribe('news')
  const untilReceived = (text: string): Promise<unknown> =>
    vi.waitUntil(
      async () => {
        await publishTo(redis, 'news', text).catch(() => 0)
        return messages.includes(text)
      },
      { timeout: 60_000, interval: 50 },
    )
  await untilReceived('first')
  const blocked = redis.blpop('never', 0).catch((error: unknown) => error)
  first.freeze()
  await servers.untilPrimary(second)
  // Not only when the frozen server answers again.
  expect(await blocked).toBeInstanceOf(Error)
  await vi.waitUntil(works, { timeout: 60_000 })
  await untilReceived('second')
  expect(await second.ask('GET', 'works')).toBe('1')
  first.thaw()
  await servers.rejoin(first)
  await second.kill()
  await servers.untilPrimary(first)
  await vi.waitUntil(works, { timeout: 60_000 })
  await untilReceived('third')
  await second.start()
}, 180_000)
