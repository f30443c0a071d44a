import { expect, test } from 'vitest'
import { inOneFileAtATime } from './built-once.ts'

test('of many that come at once one works at a time, and each does, also after one that failed', async () => {
  const ends: string[] = []
  let working = 0
  const works = Array.from({ length: 5 }, (_, at) =>
    inOneFileAtATime(async () => {
      working += 1
      expect(working).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      working -= 1
      if (at === 0) throw new Error('It failed.')
      ends.push(`end ${at}`)
    }),
  )
  const settled = await Promise.allSettled(works)
  expect(settled.map(({ status }) => status)).toEqual([
    'rejected',
    ...Array.from({ length: 4 }, () => 'fulfilled'),
  ])
  expect(ends.toSorted()).toEqual(['end 1', 'end 2', 'end 3', 'end 4'])
})
