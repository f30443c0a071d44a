import { openRedis } from '@alkdev/service/admin'
import { createTestConfig } from '@alkdev/service/testing'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { DeltaWriter, readDeltas } from './delta-stream.ts'

test('pieces that come while a deleted stream is written again are sent once', async () => {
  const { url, prefix } = testRedis()
  const config = await createTestConfig('coordinator', {
    postgresUrl: 'postgres://none@127.0.0.1:9/none',
    redisUrl: url,
    prefix,
  })
  const redis = await openRedis(config.redis, 'test')
  try {
    const writer = new DeltaWriter(redis, prefix, 'step')
    const add = (text: string): void => writer.add({ kind: 'text', text })
    add('one ')
    await writer.end()
    expect(await readDeltas(redis, prefix, 'step', 0)).toMatchObject([{ text: 'one ' }])
    await redis.del(`${prefix}:d:step`)
    add('two ')
    const rewritten = writer.end()
    add('three')
    await rewritten
    await writer.end()
    const deltas = await readDeltas(redis, prefix, 'step', 0)
    expect(deltas.map(({ text, restarts }) => [text, restarts])).toEqual([
      ['one two ', true],
      ['three', undefined],
    ])
  } finally {
    redis.disconnect()
  }
})
