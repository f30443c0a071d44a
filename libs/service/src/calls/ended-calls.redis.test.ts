import { uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { announceEndedCalls, EndedCalls } from './ended-calls.ts'
import type { EndedGroup } from './ended-calls.ts'

const ids = (count: number) => Array.from({ length: count }, () => uuidv7())

/** A feed and a connection to announce on, in a prefix of the test's own. */
async function open() {
  const { url, prefix } = testRedis()
  // The feed's own connection has the same name.
  const redis = new Redis(url, { connectionName: prefix })
  await redis.ping()
  const leave = new AbortController()
  const feed = new EndedCalls({ redis, prefix, onError: () => undefined })
  /** The ids of the feed's own connections, as Redis lists them. */
  const subscribers = async (): Promise<string[]> =>
    String(await redis.client('LIST'))
      .split('\n')
      .filter((line) => line.includes(`name=${prefix} `) && line.includes(' sub=1 '))
      .flatMap((line) => /\bid=(\d+)/.exec(line)?.[1] ?? [])
  return {
    redis,
    subscribers,
    feed,
    leave,
    announce: (given: readonly string[]) => announceEndedCalls(redis, prefix, given),
    read: () => feed.read(leave.signal),
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

test('every reader gets the ids that are announced after its first group, in groups of 200', async () => {
  await using hub = await open()
  const readers = [hub.read(), hub.read()]
  for (const reader of readers)
    expect(await next(reader)).toEqual({ ids: [], skipped: 0, interrupted: false })
  const given = ids(250)
  hub.announce(given.slice(0, 150))
  hub.announce(given.slice(150))
  for (const reader of readers) {
    const [first, second] = [await next(reader), await next(reader)]
    expect([...first.ids, ...second.ids]).toEqual(given)
    expect(first.ids).toHaveLength(200)
  }
})

test('a reader that does not read holds 2,000 ids, and gets the number of those that it lost', async () => {
  await using hub = await open()
  const [slow, quick] = [hub.read(), hub.read()]
  await next(slow)
  await next(quick)
  for (let batch = 0; batch < 5; batch++) hub.announce(ids(500))
  hub.announce(ids(1))
  let seen = 0
  while (seen < 2000) seen += (await next(quick)).ids.length
  expect(await next(slow)).toMatchObject({ skipped: 501 })
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
  hub.announce(given)
  expect(await next(reader)).toEqual({ ids: given, skipped: 0, interrupted: false })
})
