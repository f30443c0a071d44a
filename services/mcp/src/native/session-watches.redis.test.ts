import { createRedisConnection, openConnection } from '@alkdev/redis'
import { testRedis } from '@alkdev/testing'
import { expect, onTestFinished, test } from 'vitest'
import type { Caller } from '../protocol/caller.ts'
import { SessionLogs } from './session-logs.ts'
import { MAX_WATCHED } from '../protocol/watch-limit.ts'
import { SessionWatches } from './session-watches.ts'
import { MAX_URI } from './uri-pattern.ts'

const callerOf = (session: string | undefined): Caller =>
  ({
    session,
    authenticated: { identity: { id: 'ada', keyId: 'k', scopes: [] } },
  }) as unknown as Caller

async function open() {
  const { url, prefix: separated } = testRedis()
  const prefix = separated.replace(/:$/, '')
  const redis = createRedisConnection('commands', { url }, { name: 'watches' })
  onTestFinished(() => redis.disconnect())
  await openConnection(redis, 10_000)
  return { redis, watches: new SessionWatches(redis, prefix), prefix }
}

test('a session watches a limited number of resources with URIs of a limited length', async () => {
  const { watches } = await open()
  expect(await watches.add(callerOf(undefined), 'a:1')).toBe(false)
  expect(await watches.add(callerOf('s'), `a:${'x'.repeat(MAX_URI)}`)).toBe(false)
  for (let at = 0; at < MAX_WATCHED; at += 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await watches.add(callerOf('s'), `a:${at}`)).toBe(true)
  expect(await watches.add(callerOf('s'), 'a:more')).toBe(false)
  await watches.remove(callerOf('s'), 'a:0')
  expect((await watches.of(callerOf('s'))).size).toBe(MAX_WATCHED - 1)
})

test('only the sessions of a key that began to watch last keep what they watch, under the prefix', async () => {
  const { redis, prefix, watches } = await open()
  for (let at = 0; at < 103; at += 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await watches.add(callerOf(`s${at}`), 'a:1')
  const kept = await redis.keys(`${prefix}:mcp:watches:k:*`)
  expect(kept).toHaveLength(100)
  expect((await watches.of(callerOf('s102'))).has('a:1')).toBe(true)
})

test('only the sessions of a key that set a log level last keep it', async () => {
  const { redis, prefix } = await open()
  const logs = new SessionLogs(redis, prefix)
  for (let at = 0; at < 103; at += 1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await logs.setLevel(callerOf(`s${at}`), 'debug')
  expect(await redis.keys(`${prefix}:mcp:log-level:k:*`)).toHaveLength(100)
  expect(await logs.for({ mcpReq: {} } as never, callerOf('s102'))).toBeDefined()
})
