import { expect, test } from 'vitest'
import { PartTimes } from './part-times.ts'

test('the line names each part that has ended, failed ones too, and how busy the processors were', async () => {
  const times = new PartTimes()
  expect(await times.measure('first', Promise.resolve(1))).toBe(1)
  await expect(times.measure('second', Promise.reject(new Error('no')))).rejects.toThrow('no')
  void times.measure('endless', new Promise(() => undefined))
  const line = times.line()
  expect(line).toMatch(/^first 0 s, second 0 s; processors busy for \d{1,3} % of the time\n$/)
})
