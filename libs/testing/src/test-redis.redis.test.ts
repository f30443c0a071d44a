import { expect, test } from 'vitest'
import { testRedis } from './index.ts'

test('each prefix is another one, and ends so that keys can follow', () => {
  const [first, second] = [testRedis(), testRedis()]
  expect(first.url).toMatch(/^redis:\/\//)
  expect(first.url).toBe(second.url)
  expect(first.prefix).toMatch(/^t[0-9a-f-]+:$/)
  expect(first.prefix).not.toBe(second.prefix)
})
