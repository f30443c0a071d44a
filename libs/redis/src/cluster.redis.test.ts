import { Secret } from '@alkdev/crypto'
import { makeCertificates, startRedisCluster } from '@alkdev/testing'
import type { RedisProcess, TestRedisCluster } from '@alkdev/testing'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import {
  createRedisConnection,
  createSubscriber,
  duplicateConnection,
  duplicateSubscriber,
  keySlot,
  openConnection,
  primariesOf,
  publishTo,
  subscribeWhenReady,
} from './index.ts'
import type { RedisAddress, RedisConnection, RedisSubscriber } from './index.ts'

const OPEN_MS = 30_000

let cluster: TestRedisCluster
let address: RedisAddress
let redis: RedisConnection

function addressOf({ nodes, password }: TestRedisCluster): RedisAddress {
  return {
    url: new Secret(`redis://:${password}@cluster`),
    cluster: nodes.slice(0, 1).map((node) => {
      const [host = '', port = ''] = node.split(':')
      return { host, port: Number(port) }
    }),
  }
}

beforeAll(async () => {
  cluster = await startRedisCluster({ replicas: 1 })
  address = addressOf(cluster)
  redis = createRedisConnection('commands', address, { name: 'test:cluster' })
  await openConnection(redis, OPEN_MS)
})
afterAll(async () => {
  redis.disconnect()
  await cluster[Symbol.asyncDispose]()
})

/** A key or channel that lies on the node now. */
async function nameOn(node: RedisProcess, prefix: string): Promise<string> {
  for (let n = 0; n < 10_000; n += 1) {
    const name = `${prefix}:${n}`
    if ((await cluster.primaryOf(keySlot(name))) === node) return name
  }
  throw new Error('no name lies on the node')
}

/**
 * What the command replies, once one succeeds. After a primary was lost a node may still tell the old one for a moment, and a command that is sent to it fails.
 */
async function onceAnswered<T>(command: () => Promise<T>): Promise<T> {
  const answer = await vi.waitUntil(
    () =>
      command().then(
        (value) => ({ value }),
        () => undefined,
      ),
    { timeout: 60_000 },
  )
  return answer.value
}

function receivedBy(subscriber: RedisSubscriber): string[] {
  const messages: string[] = []
  subscriber.on('message', (channel: string, text: string) => messages.push(`${channel} ${text}`))
  return messages
}

test('the slots of keys are those of Redis', async () => {
  const [node] = cluster.processes
  for (const key of [
    '',
    '123456789',
    'foo{}{bar}',
    '{a}b',
    'ä{ö}',
    'x'.repeat(100),
    'alkhub:leases',
  ])
    expect(String(keySlot(key))).toBe(await node?.ask('CLUSTER', 'KEYSLOT', key))
})

test('commands go to the node of their key, and each connection has its name', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, n) => redis.set(`key:${n}`, String(n))))
  expect(await redis.get('key:17')).toBe('17')
  const names = await Promise.all(primariesOf(redis).map((node) => node.client('GETNAME')))
  expect(names).toEqual(['test:cluster', 'test:cluster', 'test:cluster'])
  const blocking = duplicateConnection('blocking', redis, { name: 'reads' })
  await openConnection(blocking, OPEN_MS)
  const popped = blocking.blpop('list:1', 0)
  await redis.rpush('list:1', 'one')
  expect(await popped).toEqual(['list:1', 'one'])
  blocking.disconnect()
})

test('messages reach the subscribers of their channel on any node, and no other', async () => {
  const subscriber = duplicateSubscriber(redis, { name: 'feed' })
  onTestFinished(() => subscriber.disconnect())
  const messages = receivedBy(subscriber)
  const channels = Array.from({ length: 12 }, (_, n) => `channel:${n}`)
  await Promise.all(channels.map((channel) => subscriber.subscribe(channel)))
  for (const channel of channels) expect(await publishTo(redis, channel, 'hello')).toBe(1)
  expect(await publishTo(redis, 'another', 'hello')).toBe(0)
  await vi.waitUntil(() => messages.length === channels.length)
  expect(messages.toSorted()).toEqual(channels.map((channel) => `${channel} hello`).toSorted())
  await subscriber.unsubscribe('channel:3')
  expect(await publishTo(redis, 'channel:3', 'late')).toBe(0)
})

test('a subscriber for commands fails at once without a connection, and tells its states', async () => {
  const subscriber = createSubscriber('commands', address, { name: 'test:own' })
  onTestFinished(() => subscriber.disconnect())
  await expect(subscriber.subscribe('c')).rejects.toThrow('closed')
  const states: string[] = []
  for (const state of ['ready', 'close', 'end']) subscriber.on(state, () => states.push(state))
  await openConnection(subscriber, OPEN_MS)
  await subscriber.subscribe('c')
  subscriber.disconnect(true)
  await vi.waitUntil(() => subscriber.status === 'ready')
  expect(await publishTo(redis, 'c', 'early')).toBe(0)
  await subscriber.subscribe('c')
  expect(await publishTo(redis, 'c', 'received')).toBe(1)
  subscriber.disconnect()
  expect(states).toEqual(['ready', 'close', 'ready', 'close', 'end'])
})

test('a slot that moves takes its subscriptions along', async () => {
  const [first, second] = cluster.processes
  if (first === undefined || second === undefined) throw new Error('too few nodes')
  const channel = await nameOn(first, 'moving')
  const slot = String(keySlot(channel))
  const subscriber = duplicateSubscriber(redis, { name: 'moving' })
  onTestFinished(() => subscriber.disconnect())
  const messages = receivedBy(subscriber)
  const other = await nameOn(first, 'staying')
  subscribeWhenReady(subscriber, () => [channel, other], String)
  await subscriber.subscribe(channel, other)
  const [from, to] = [await first.ask('CLUSTER', 'MYID'), await second.ask('CLUSTER', 'MYID')]
  await second.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from)
  await first.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to)
  await second.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to)
  await first.ask('CLUSTER', 'SETSLOT', slot, 'NODE', to)
  // A message that a node takes while the subscriber leaves it is lost.
  for (const name of [channel, other])
    await expect
      .poll(async () => {
        await publishTo(redis, name, 'again')
        return messages
      })
      .toContain(`${name} again`)
})

test('after a primary was killed its replica serves its keys and channels; a command in flight fails and is not sent again', async () => {
  const primary = await cluster.primaryOf(keySlot('counter'))
  onTestFinished(async () => {
    await primary.kill()
    await primary.start()
    await cluster.untilWhole()
  }, 60_000)
  const subscriber = duplicateSubscriber(redis, { name: 'killed' })
  onTestFinished(() => subscriber.disconnect())
  const messages = receivedBy(subscriber)
  const channel = await nameOn(primary, 'failing')
  subscribeWhenReady(subscriber, () => [channel], String)
  await onceAnswered(() => subscriber.subscribe(channel))
  await onceAnswered(() => redis.set('counter', 0))
  // Replicated before the primary dies.
  await vi.waitUntil(async () => (await primary.ask('WAIT', '1', '1000')) === '1')
  const blocked = redis.blpop(`{counter}:never`, 0).catch((error: unknown) => error)
  await primary.kill()
  expect(await blocked).toBeInstanceOf(Error)
  await onceAnswered(() => redis.incr('counter'))
  expect(await onceAnswered(() => redis.get('counter'))).toBe('1')
  await vi.waitUntil(
    () =>
      publishTo(redis, channel, 'again').then(
        (count) => count === 1,
        () => false,
      ),
    { timeout: 60_000 },
  )
  await vi.waitUntil(() => messages.includes(`${channel} again`))
}, 120_000)

test('without the cluster commands fail at once, and continue when it is back', async () => {
  await using small = await startRedisCluster({ primaries: 1 })
  const [node] = small.processes
  const errors: Error[] = []
  const own = createRedisConnection('commands', addressOf(small), {
    name: 'test:small',
    onError: (error) => errors.push(error),
  })
  onTestFinished(() => own.disconnect())
  await openConnection(own, OPEN_MS)
  await node?.kill()
  await vi.waitUntil(() => own.status !== 'ready')
  await expect(own.get('key')).rejects.toThrow(/No node|closed/)
  await vi.waitUntil(() => errors.length > 0)
  await node?.start()
  await vi.waitUntil(() =>
    own.get('key').then(
      () => true,
      () => false,
    ),
  )
})

test.each([
  ['a wrong password', { url: 'redis://:wrong@cluster' }, /WRONGPASS|invalid/],
  ['nodes that are unreachable', { cluster: [{ host: '127.0.0.1', port: 1 }] }, /ECONNREFUSED/],
])('%s is the cause of the failed open', async (_, given, says) => {
  const own = { ...address, ...given }
  for (const connection of [
    createRedisConnection('commands', own, { name: 'test' }),
    createSubscriber('commands', own, { name: 'test' }),
  ]) {
    const error: unknown = await openConnection(connection, 10_000).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(String((error as Error).cause)).toMatch(says)
  }
})

test('over TLS the certificate of each node is verified', async () => {
  await using tls = await makeCertificates()
  await using secure = await startRedisCluster({ tls })
  const { cluster: nodes = [] } = addressOf(secure)
  const own: RedisAddress = { url: `rediss://:${secure.password}@cluster`, cluster: nodes }
  const trusting = createRedisConnection(
    'commands',
    { ...own, tls: { ca: tls.ca } },
    { name: 'test' },
  )
  onTestFinished(() => trusting.disconnect())
  await openConnection(trusting, OPEN_MS)
  await Promise.all(Array.from({ length: 20 }, (_, n) => trusting.set(`key:${n}`, n)))
  const subscriber = duplicateSubscriber(trusting, { name: 'feed' })
  onTestFinished(() => subscriber.disconnect())
  await subscriber.subscribe('a', 'b', 'c')
  for (const channel of ['a', 'b', 'c']) expect(await publishTo(trusting, channel, 'x')).toBe(1)
  for (const distrusting of [
    createRedisConnection('commands', own, { name: 'test' }),
    createSubscriber('commands', own, { name: 'test' }),
  ]) {
    const error: unknown = await openConnection(distrusting, OPEN_MS).catch(
      (thrown: unknown) => thrown,
    )
    expect(String((error as Error).cause)).toMatch(/certificate/i)
  }
})
