import { createRedisConnection, openConnection } from '@alkdev/redis'
import { uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { ALL_CALLS, EndedCallsAnnouncer } from './announce-ended-calls.ts'
import { EndedCalls } from './ended-calls.ts'
import type { EndedGroup } from './ended-calls.ts'

const ids = (count: number) => Array.from({ length: count }, () => uuidv7())

/** A feed and a connection for announcements, under the test's prefix. */
async function open() {
  const { url, prefix } = testRedis()
  const redis = createRedisConnection('commands', { url }, { name: prefix.replace(/:$/, '') })
  await openConnection(redis, 10_000)
  const leave = new AbortController()
  const clock = { ms: 0 }
  const now = (): number => clock.ms
  const feed = new EndedCalls({ redis, prefix, now, onError: () => undefined })
  const announcer = new EndedCallsAnnouncer({ redis, prefix, now })
  /** The ids of the feed's own connections, as Redis lists them. */
  const subscribers = async (): Promise<string[]> =>
    String(await redis.client('LIST'))
      .split('\n')
      .filter((line) => line.includes(`name=${prefix}ended-calls `) && line.includes(' sub=1 '))
      .flatMap((line) => /\bid=(\d+)/.exec(line)?.[1] ?? [])
  return {
    redis,
    subscribers,
    feed,
    leave,
    clock,
    announce: (given: readonly string[], accountId?: string) =>
      announcer.announce(given.map((callId) => ({ callId, accountId }))),
    read: (topic: string = ALL_CALLS) => feed.read(leave.signal, topic),
    watched: (topic: string) => redis.pubsub('NUMSUB', `${prefix}:calls-ended:${topic}`),
    [Symbol.asyncDispose]: async () => {
      feed.close()
      redis.disconnect()
    },
  }
}

const next = async (reader: AsyncGenerator<EndedGroup, void>): Promise<EndedGroup> => {
  const { value } = await reader.next()
  if (value === undefined) throw new Error('The feed has ended.')
  return value
}

test('every reader gets the ids that are announced after its first group', async () => {
  await using hub = await open()
  const readers = [hub.read(), hub.read()]
  for (const reader of readers)
    expect(await next(reader)).toEqual({ ids: [], skipped: 0, interrupted: false })
  const given = ids(200)
  await hub.announce(given.slice(0, 150))
  await hub.announce(given.slice(150))
  for (const reader of readers) {
    const seen: string[] = []
    while (seen.length < given.length) seen.push(...(await next(reader)).ids)
    expect(seen).toEqual(given)
  }
})

test('a reader of one account gets its calls alone, and nothing is published for an account without a reader', async () => {
  await using hub = await open()
  const [ada, bob] = ['ada', 'bob']
  const reader = hub.read(ada)
  await next(reader)
  const [own] = ids(1)
  await hub.announce(ids(3), bob)
  await hub.announce([String(own)], ada)
  expect(await next(reader)).toEqual({ ids: [own], skipped: 0, interrupted: false })
  expect((await hub.watched(bob))[1]).toBe(0)
  expect((await hub.watched(ALL_CALLS))[1]).toBe(0)
})

test('of more than 200 calls in a second a spread sample is published, and the others are counted', async () => {
  await using hub = await open()
  const reader = hub.read()
  await next(reader)
  const given = ids(1000)
  await hub.announce(given)
  await hub.announce(ids(5))
  const group = await next(reader)
  expect(group.ids).toEqual(given.filter((_id, at) => at % 5 === 0))
  expect(group.skipped).toBe(805)
  hub.clock.ms += 1000
  const [later] = ids(1)
  await hub.announce([String(later)])
  expect(await next(reader)).toEqual({ ids: [later], skipped: 0, interrupted: false })
})

test('a reader that does not read holds 2,000 ids, and gets the number of dropped ones', async () => {
  await using hub = await open()
  const [slow, quick] = [hub.read(), hub.read()]
  await next(slow)
  await next(quick)
  for (let second = 0; second < 11; second++) {
    await hub.announce(ids(200))
    hub.clock.ms += 1000
  }
  let seen = 0
  while (seen < 2000) seen += (await next(quick)).ids.length
  expect(await next(slow)).toMatchObject({ skipped: 200 })
})

test('a reader ends with the reason of its signal, and the last one closes the connection', async () => {
  await using hub = await open()
  const reader = hub.read()
  await next(reader)
  expect(await hub.subscribers()).toHaveLength(1)
  const waiting = reader.next()
  hub.leave.abort(new Error('left'))
  await expect(waiting).rejects.toThrow('left')
  expect(hub.feed.readers).toBe(0)
  await expect.poll(hub.subscribers).toEqual([])
})

test('a lost connection is reported to the reader, which gets what is announced afterwards', async () => {
  await using hub = await open()
  const reader = hub.read()
  await next(reader)
  const [subscriber = ''] = await hub.subscribers()
  await hub.redis.client('KILL', 'ID', subscriber)
  expect(await next(reader)).toMatchObject({ interrupted: true })
  await expect.poll(hub.subscribers).toHaveLength(1)
  const given = ids(1)
  await hub.announce(given)
  expect(await next(reader)).toEqual({ ids: given, skipped: 0, interrupted: false })
})
