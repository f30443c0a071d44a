import { expect, test } from 'vitest'
import { Batcher } from './batcher.ts'

function collecting(maxUnits = 100) {
  const sent: string[] = []
  const batcher = new Batcher({
    maxUnits,
    send: (topic, frames) => {
      sent.push(`${topic} ${frames.join('+')}`)
      if (topic === 'throws') throw new Error('no')
      return topic === 'fails' ? Promise.reject(new Error('no')) : Promise.resolve(frames.length)
    },
  })
  return { batcher, sent }
}

test('frames of one turn and topic are sent together and in order, and the next turn starts a new message', async () => {
  const { batcher, sent } = collecting()
  const all = [batcher.add('a', '1'), batcher.add('b', '2'), batcher.add('a', '3')]
  expect(sent).toEqual([])
  expect(await Promise.all(all)).toEqual([2, 1, 2])
  expect(await batcher.add('a', '4')).toBe(1)
  expect(sent).toEqual(['a 1+3', 'b 2', 'a 4'])
})

test('a message does not exceed its limit, except for a single longer frame', async () => {
  const { batcher, sent } = collecting(4)
  await Promise.all(['11', '22', '3', '4444444', '5'].map((frame) => batcher.add('a', frame)))
  expect(sent).toEqual(['a 11+22', 'a 3', 'a 4444444', 'a 5'])
})

test('each frame fails as its message does, and `flush` sends the waiting frames at once', async () => {
  const { batcher, sent } = collecting()
  const failed = [batcher.add('fails', '1'), batcher.add('throws', '2')]
  batcher.flush()
  expect(sent).toEqual(['fails 1', 'throws 2'])
  const ends = await Promise.allSettled(failed)
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
