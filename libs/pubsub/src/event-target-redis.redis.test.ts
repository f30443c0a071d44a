import { once } from 'node:events'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import type { Cluster, RedisOptions } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { createPubSub, createRedisEventTarget } from './index.ts'
import type { CreateRedisEventTargetArgs, EventEnvelope, RedisEventTarget } from './index.ts'
import { eventTargetConformance } from './testing.ts'
import type { ConformanceFault, ConformancePair } from './testing.ts'

interface Opened extends AsyncDisposable {
  readonly target: RedisEventTarget
  readonly faults: ConformanceFault[]
  readonly states: string[]
  readonly prefix: string
  readonly admin: Redis
  readonly subscribeClient: Redis
}

async function openTarget(
  args: Partial<CreateRedisEventTargetArgs> = {},
  redisOptions: RedisOptions = {},
): Promise<Opened> {
  const { url, prefix } = testRedis()
  const options: RedisOptions = { retryStrategy: () => 5, lazyConnect: true, ...redisOptions }
  const [admin, publishClient, subscribeClient] = [
    new Redis(url, { lazyConnect: true }),
    new Redis(url, options),
    new Redis(url, { ...options, connectionName: crypto.randomUUID() }),
  ]
  for (const client of [publishClient, subscribeClient]) client.on('error', () => {})
  await Promise.all([admin, publishClient, subscribeClient].map((client) => client.connect()))
  const faults: ConformanceFault[] = []
  const states: string[] = []
  const target = createRedisEventTarget({
    publishClient,
    subscribeClient,
    prefix,
    onError: (error, context) => faults.push({ error, context }),
    onStateChange: (state) => states.push(state),
    ...args,
  })
  return {
    target,
    faults,
    states,
    prefix,
    admin,
    subscribeClient,
    [Symbol.asyncDispose]: async () => {
      await target.close()
      for (const client of [admin, publishClient, subscribeClient]) client.disconnect()
    },
  }
}

/** Ends the subscribing connection from the server's side, and waits until the client knows. */
async function kill({ admin, subscribeClient }: Opened): Promise<void> {
  const closed = once(subscribeClient, 'close')
  await admin.call('CLIENT', 'KILL', 'ID', await clientId(subscribeClient, admin))
  await closed
}

async function clientId(client: Redis, admin: Redis): Promise<string> {
  const list = (await admin.client('LIST')) as string
  const name = `name=${client.options.connectionName} `
  const line = list.split('\n').find((one) => one.includes(name))
  return /^id=(\d+)/.exec(line ?? '')?.[1] ?? ''
}

async function openPair(args?: Partial<CreateRedisEventTargetArgs>): Promise<ConformancePair> {
  const opened = await openTarget(args)
  return {
    publisher: opened.target,
    subscriber: opened.target,
    faults: opened.faults,
    sendMalformed: () => opened.target.publishRaw('a:', '{"type":'),
    breakConnection: () => kill(opened),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

const features = {
  counts: 'connections',
  uncarried: { payload: 1n },
  malformed: true,
  reconnects: true,
} as const

test.each(eventTargetConformance({ ...features, open: () => openPair() }))(
  'redis: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)

test.each(eventTargetConformance({ ...features, open: () => openPair({ encoding: 'buffer' }) }))(
  'redis with buffers: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)

async function opened(
  args?: Partial<CreateRedisEventTargetArgs>,
  redisOptions?: RedisOptions,
): Promise<Opened> {
  const target = await openTarget(args, redisOptions)
  onTestFinished(() => target[Symbol.asyncDispose]())
  return target
}

test('a channel is the prefix and the topic, and the message is the whole envelope as JSON', async () => {
  const { target, prefix, admin } = await opened()
  const messages: unknown[] = []
  const watcher = admin.duplicate()
  onTestFinished(() => watcher.disconnect())
  await watcher.psubscribe(`${prefix}*`)
  watcher.on('pmessage', (_pattern, channel: string, message: string) => {
    messages.push([channel, message])
  })
  const received = once(watcher, 'pmessage')
  await target.publish({ type: 'task.done', id: '7', payload: { ok: true } })
  await received
  expect(messages).toEqual([
    [`${prefix}task.done:7`, '{"type":"task.done","id":"7","payload":{"ok":true}}'],
  ])
})

test('a topic is subscribed once whatever the number of listeners, and given back with the last', async () => {
  const { target, prefix, admin } = await opened()
  const listeners = Array.from({ length: 20 }, () => () => {})
  for (const listener of listeners) target.addEventListener('a:', listener)
  await target.subscribed('a:')
  expect(await admin.pubsub('NUMSUB', `${prefix}a:`)).toEqual([`${prefix}a:`, 1])
  for (const listener of listeners.slice(1)) target.removeEventListener('a:', listener)
  expect(await target.publish({ type: 'a', id: '', payload: 1 })).toBe(1)
  target.removeEventListener('a:', listeners[0] ?? null)
  const last = createPubSub({ eventTarget: target }).subscribe('b', '')
  await last.ready()
  expect(await target.publish({ type: 'a', id: '', payload: 1 })).toBe(0)
})

test('after a reconnect no topic has a second subscription and the client has one message listener', async () => {
  const target = await opened()
  target.target.addEventListener('a:', () => {})
  await target.target.subscribed('a:')
  for (let n = 0; n < 5; n++) {
    await kill(target)
    await target.target.subscribed('a:')
  }
  expect(target.subscribeClient.listenerCount('message')).toBe(1)
  expect(await target.admin.pubsub('NUMSUB', `${target.prefix}a:`)).toEqual([
    `${target.prefix}a:`,
    1,
  ])
  expect(target.states).toEqual([
    'subscribed',
    ...Array.from({ length: 5 }, () => ['disconnected', 'subscribed']).flat(),
  ])
})

test('topics are subscribed again also with a client that restores nothing and queues nothing', async () => {
  const target = await opened({}, { autoResubscribe: false, enableOfflineQueue: false })
  const seen: unknown[] = []
  target.target.addEventListener('a:', (event) => seen.push(event.detail.payload))
  await target.target.subscribed('a:')
  await kill(target)
  target.target.addEventListener('b:', () => {})
  await target.target.subscribed('b:')
  await target.target.subscribed('a:')
  expect(await target.target.publish({ type: 'a', id: '', payload: 1 })).toBe(1)
  await expect.poll(() => seen).toEqual([1])
})

test('a topic whose last listener leaves while Redis is unavailable is not restored', async () => {
  const target = await opened({}, { enableOfflineQueue: false })
  const listener = (): void => {}
  target.target.addEventListener('a:', listener)
  target.target.addEventListener('b:', () => {})
  await target.target.subscribed('a:')
  await kill(target)
  target.target.removeEventListener('a:', listener)
  await target.target.subscribed('b:')
  await expect.poll(() => target.target.publish({ type: 'a', id: '', payload: 1 })).toBe(0)
})

test('a serialised message goes through as it is, and parse may hand it on without decoding', async () => {
  const raw = {
    stringify: (envelope: EventEnvelope) => envelope.payload as Buffer,
    parse: (message: string | Buffer, topic: string) => {
      const [type, id] = topic.split(':')
      return { type, id, payload: message }
    },
  }
  const { target, faults } = await opened({ serializer: raw, encoding: 'buffer' })
  const subscription = createPubSub({ eventTarget: target }).subscribe('call', 'i1')
  await subscription.ready()
  const bytes = Buffer.from([0, 255, 10, 128])
  expect(await target.publishRaw('call:i1', bytes)).toBe(1)
  expect((await subscription.next()).value?.payload).toEqual(bytes)
  expect(await target.publish({ type: 'call', id: 'i1', payload: bytes })).toBe(1)
  expect((await subscription.next()).value?.payload).toEqual(bytes)
  expect(faults).toEqual([])
})

test('an envelope of another topic than its channel is malformed', async () => {
  const { target, faults } = await opened()
  const subscription = createPubSub({ eventTarget: target }).subscribe('a', '')
  await subscription.ready()
  await target.publishRaw('a:', JSON.stringify({ type: 'b', id: '', payload: 1 }))
  await target.publishRaw('a:', JSON.stringify({ type: 'a', id: 5, payload: 1 }))
  await target.publishRaw('a:', JSON.stringify({ type: 'a', id: '', payload: 2 }))
  expect((await subscription.next()).value?.payload).toBe(2)
  expect(faults.map((fault) => fault.context)).toEqual([
    { kind: 'malformed', topic: 'a:' },
    { kind: 'malformed', topic: 'a:' },
  ])
})

test('a message nested too deep is malformed, and the next one is received', async () => {
  const { target, faults } = await opened()
  const subscription = createPubSub({ eventTarget: target }).subscribe('a', '')
  await subscription.ready()
  for (const levels of [516, 100_000])
    await target.publishRaw(
      'a:',
      `{"type":"a","id":"","payload":${'['.repeat(levels)}${']'.repeat(levels)}}`,
    )
  await target.publishRaw('a:', JSON.stringify({ type: 'a', id: '', payload: 2 }))
  expect((await subscription.next()).value?.payload).toBe(2)
  expect(faults.map(({ error }) => error.message)).toEqual(
    Array(2).fill('a message is nested deeper than 516 levels'),
  )
})

test('messages over the limit are refused by publish, and malformed when they come in', async () => {
  const small = await opened({ maxMessageBytes: 60 })
  const payload = 'ä'.repeat(30)
  await expect(small.target.publish({ type: 'a', id: '', payload })).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
  })
  const large = await opened({ prefix: small.prefix })
  const subscription = createPubSub({ eventTarget: small.target }).subscribe('a', '')
  await subscription.ready()
  await large.target.publish({ type: 'a', id: '', payload })
  await large.target.publish({ type: 'a', id: '', payload: 'b' })
  expect((await subscription.next()).value?.payload).toBe('b')
  expect(small.faults.map((fault) => fault.context.kind)).toEqual(['malformed'])
})

test('publishes beyond maxPending are refused at once; dispatchEvent says false and tells onError', async () => {
  const { target, faults } = await opened({ maxPending: 2 })
  const publishes = [1, 2, 3].map((payload) => target.publish({ type: 'a', id: '', payload }))
  const settled = await Promise.allSettled(publishes)
  expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  void target.publishRaw('a:', 'x')
  void target.publishRaw('a:', 'y')
  const event = new CustomEvent('a:', { detail: { type: 'a', id: '', payload: 1 } })
  expect(target.dispatchEvent(event)).toBe(false)
  expect(faults[0]?.error.code).toBe('OVERLOADED')
})

test('with Redis away a publish fails within its time, and subscribed too', async () => {
  const { url } = testRedis()
  const options: RedisOptions = {
    retryStrategy: () => 1000,
    maxRetriesPerRequest: null,
    lazyConnect: true,
  }
  const away = new Redis({ ...options, host: '127.0.0.1', port: 1 })
  away.on('error', () => {})
  away.connect().catch(() => {})
  const present = new Redis(url)
  onTestFinished(() => {
    away.disconnect()
    present.disconnect()
  })
  const target = createRedisEventTarget({
    publishClient: away,
    subscribeClient: away,
    publishTimeoutMs: 20,
    confirmTimeoutMs: 20,
  })
  await expect(target.publish({ type: 'a', id: '', payload: 1 })).rejects.toMatchObject({
    code: 'TIMEOUT',
  })
  target.addEventListener('a:', () => {})
  await expect(target.subscribed('a:')).rejects.toMatchObject({ code: 'TIMEOUT' })
  await target.close()
})

test('a channel that the Redis user may not have ends the subscription with ACCESS_DENIED', async () => {
  const { url } = testRedis()
  const admin = new Redis(url)
  const name = `u${crypto.randomUUID()}`
  await admin.acl('SETUSER', name, 'on', 'nopass', '+@all', '~*', 'resetchannels', '&allowed*')
  const user = new Redis(url, { username: name, password: 'any' })
  const publisher = new Redis(url, { username: name, password: 'any' })
  onTestFinished(async () => {
    await admin.acl('DELUSER', name)
    for (const client of [admin, user, publisher]) client.disconnect()
  })
  const target = createRedisEventTarget({
    publishClient: publisher,
    subscribeClient: user,
    onError: () => {},
  })
  const pubsub = createPubSub({ eventTarget: target, onError: () => {} })
  const denied = { code: 'ACCESS_DENIED' }
  await expect(pubsub.subscribe('other', '').next()).rejects.toMatchObject(denied)
  await expect(pubsub.send('other', '', 1)).rejects.toMatchObject(denied)
  const allowed = pubsub.subscribe('allowed', '')
  await allowed.ready()
  expect(await pubsub.send('allowed', '', 1)).toBe(1)
  await target.close()
})

test('close gives the channels and the listeners of the client back, which stays open', async () => {
  const { target, prefix, admin, subscribeClient } = await opened()
  const before = ['message', 'ready', 'close', 'end'].map((event) =>
    subscribeClient.listenerCount(event),
  )
  target.addEventListener('a:', () => {})
  await target.subscribed('a:')
  await Promise.all([target.close(), target.close()])
  expect(await admin.pubsub('NUMSUB', `${prefix}a:`)).toEqual([`${prefix}a:`, 0])
  expect(subscribeClient.status).toBe('ready')
  const after = ['message', 'ready', 'close', 'end'].map((event) =>
    subscribeClient.listenerCount(event),
  )
  expect(after).toEqual(before.map((count) => count - 1))
})

test('a subscribing client that gives up ends the subscriptions with UNAVAILABLE', async () => {
  const { target, subscribeClient } = await opened()
  const next = createPubSub({ eventTarget: target }).subscribe('a', '').next()
  subscribeClient.disconnect()
  await expect(next).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(target.closeSignal.aborted).toBe(true)
})

test('defect of the published package: an empty message becomes an event without an envelope', async () => {
  const { target, faults } = await opened()
  const received: unknown[] = []
  target.addEventListener('a:', (event) => received.push(event.detail))
  await target.subscribed('a:')
  await target.publishRaw('a:', '')
  await expect.poll(() => faults.map((fault) => fault.context.kind)).toEqual(['malformed'])
  expect(received).toEqual([])
})

test('defect of the published package: a reply is lost that is quicker than the subscription', async () => {
  const asking = await opened()
  const answering = await opened({ prefix: asking.prefix })
  const questions = createPubSub<{ ask: string }>({ eventTarget: answering.target }).subscribe(
    'ask',
    '',
  )
  await questions.ready()
  void (async () => {
    for await (const { payload } of questions) {
      await answering.target.publish({ type: 'answer', id: payload, payload: 'quick' })
    }
  })()
  const pubsub = createPubSub<{ ask: string; answer: string }>({ eventTarget: asking.target })
  for (let n = 0; n < 100; n++) {
    const answers = pubsub.subscribe('answer', String(n))
    await answers.ready()
    expect(await pubsub.send('ask', '', String(n))).toBe(1)
    expect((await answers.next()).value?.payload).toBe('quick')
    await answers.return()
  }
})

test('types: clients of ioredis fit, of a Cluster as well', () => {
  const ofCluster = (cluster: Cluster): RedisEventTarget =>
    createRedisEventTarget({ publishClient: cluster, subscribeClient: cluster })
  expect(ofCluster).toBeTypeOf('function')
})
