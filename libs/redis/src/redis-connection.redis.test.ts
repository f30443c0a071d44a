import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { Secret } from '@alkdev/crypto'
import { deferred } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createRedisConnection,
  createSubscriber,
  duplicateConnection,
  openConnection,
  subscribeWhenReady,
} from './redis-connection.ts'
import type { RedisConnection } from './redis-connection.ts'

const { url } = testRedis()
let admin: RedisConnection

beforeAll(async () => {
  admin = createRedisConnection('commands', { url }, { name: 'test:admin' })
  await openConnection(admin, 10_000)
})
afterAll(() => admin.disconnect())

async function reasonOf(redis: RedisConnection, timeoutMs = 10_000): Promise<Error> {
  const error: unknown = await openConnection(redis, timeoutMs).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'UNAVAILABLE' })
  return (error as Error).cause as Error
}

const close = (redis: RedisConnection): Promise<void> =>
  new Promise((resolve) => {
    redis.once('close', () => resolve())
  })

test('a connection has its name, and another one of it a name below that', async () => {
  const first = createRedisConnection('commands', { url: new Secret(url) }, { name: 'test:named' })
  await openConnection(first, 10_000)
  const second = duplicateConnection('blocking', first, { name: 'reads' })
  await openConnection(second, 10_000)
  expect([await first.client('GETNAME'), await second.client('GETNAME')]).toEqual([
    'test:named',
    'test:named:reads',
  ])
  first.disconnect()
  second.disconnect()
})

test('a name that Redis would refuse is refused', () => {
  expect(() => createRedisConnection('commands', { url }, { name: 'alkhub gateway' })).toThrow(
    /no name/,
  )
})

test('a command in flight fails when the connection for commands breaks, and the connection returns', async () => {
  const redis = createRedisConnection('commands', { url }, { name: 'test:breaks' })
  await openConnection(redis, 10_000)
  const id = await redis.client('ID')
  const waiting = redis.blpop('never', 0).catch((error: unknown) => error)
  const ready = new Promise<void>((resolve) => {
    redis.once('ready', () => resolve())
  })
  await admin.client('KILL', 'ID', id)
  expect(await waiting).toBeInstanceOf(Error)
  await ready
  expect(await redis.ping()).toBe('PONG')
  redis.disconnect()
})

test('a connection for blocking reads ends with the first failure', async () => {
  const redis = createRedisConnection('blocking', { url }, { name: 'test:blocking' })
  await openConnection(redis, 10_000)
  const closed = close(redis)
  await admin.client('KILL', 'ID', await redis.client('ID'))
  await closed
  await expect(redis.ping()).rejects.toThrow(/closed|writeable/)
})

test('a subscription is made again after a reconnect', async () => {
  const channel = `${testRedis().prefix}news`
  const redis = createSubscriber('subscriptions', { url }, { name: 'test:subscriptions' }) as Redis
  subscribeWhenReady(redis, () => [channel], String)
  const id = await redis.client('ID')
  await redis.subscribe(channel)
  const ready = new Promise<void>((resolve) => {
    redis.once('ready', () => resolve())
  })
  const message = new Promise<string>((resolve) => {
    redis.once('message', (_channel, text: string) => resolve(text))
  })
  await admin.client('KILL', 'ID', id)
  await ready
  await expect.poll(() => admin.publish(channel, 'news')).toBe(1)
  expect(await message).toBe('news')
  redis.disconnect()
})

test('a subscription whose connection ends before the reply reports that and leaves no rejected promise', async () => {
  const channel = `${testRedis().prefix}again`
  const redis = createSubscriber('subscriptions', { url }, { name: 'test:again' }) as Redis
  const errors: unknown[] = []
  await redis.subscribe(channel)
  const onError = (error: unknown): void => void errors.push(error)
  subscribeWhenReady(redis, () => [channel], onError)
  redis.once('ready', () => {
    redis.disconnect()
    redis.stream.destroy()
  })
  redis.disconnect(true)
  await expect.poll(() => errors).toMatchObject([{ message: 'Connection is closed.' }])
  expect(redis.status).toBe('end')
})

test('a worker connects by itself, and its commands wait without a limit of attempts', async () => {
  const redis = createRedisConnection('worker', { url }, { name: 'test:worker' })
  expect(await redis.ping()).toBe('PONG')
  expect(redis.options).toMatchObject({ maxRetriesPerRequest: null })
  redis.disconnect()
})

test.each([
  ['an unknown user', 'unknown:secret@', '', /WRONGPASS/],
  ['a database that is not there', '', '/999', /DB index/],
])('%s is the cause of the failed open', async (_, user, path, says) => {
  const { host } = new URL(url)
  const redis = createRedisConnection(
    'commands',
    { url: `redis://${user}${host}${path}` },
    { name: 'test' },
  )
  expect((await reasonOf(redis)).message).toMatch(says)
})

test('an error of a refused password does not hold the password', async () => {
  const { host } = new URL(url)
  const user = 'unknown:planted-password'
  const errors: Error[] = []
  const redis = createRedisConnection(
    'commands',
    { url: `redis://${user}@${host}` },
    { name: 'test:refused', onError: (error) => errors.push(error) },
  )
  const reason = await reasonOf(redis)
  expect(errors.map(({ message }) => message).join()).toMatch(/WRONGPASS/)
  expect(inspect([reason, ...errors], { depth: 8 })).not.toContain('planted-password')
})

test('a server that accepts and never answers fails the open at its deadline', async () => {
  const closed = deferred<void>()
  const server = createServer((socket) => {
    socket.resume()
    socket.once('close', () => closed.resolve())
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => {
    server.once('listening', resolve)
  })
  const { port } = server.address() as AddressInfo
  const redis = createRedisConnection(
    'commands',
    { url: `redis://127.0.0.1:${port}` },
    { name: 'test' },
  )
  expect((await reasonOf(redis, 50)).message).toContain('50 ms')
  await closed.promise
  server.close()
})

test('the errors of a connection are reported', async () => {
  const errors: Error[] = []
  const onError = (error: Error): number => errors.push(error)
  const redis = createRedisConnection(
    'blocking',
    { url: 'redis://127.0.0.1:1' },
    { name: 'test', onError },
  )
  await reasonOf(redis)
  expect(errors).toMatchObject([{ code: 'ECONNREFUSED' }])
})
