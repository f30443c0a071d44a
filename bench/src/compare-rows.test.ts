import { expect, test } from 'vitest'
import { benchLimits, MAX_SECONDS_TOGETHER, secondsOf } from './bench-limits.ts'
import { benchNames } from './bench-names.ts'
import { worseRows, worseSentence } from './compare-rows.ts'
import { noiseOf } from './measure.ts'
import { table } from './table.ts'

const row = { name: 'a', value: 100, unit: 'us', noise: 0.05 }

test('a time that rose by more than the noise of both runs is worse', () => {
  expect(worseRows([row], [{ ...row, value: 115 }])).toMatchObject([
    { row: { name: 'a' }, now: 115 },
  ])
  expect(worseRows([row], [{ ...row, value: 109 }])).toEqual([])
  expect(worseRows([row], [{ ...row, value: 50 }])).toEqual([])
})

test('a rate that fell is worse, and one that rose is not', () => {
  const rate = { ...row, unit: '/s' }
  expect(worseRows([rate], [{ ...rate, value: 80 }])).toHaveLength(1)
  expect(worseRows([rate], [{ ...rate, value: 150 }])).toEqual([])
})

test('rows with a reference are compared by their ratio', () => {
  const before = { ...row, reference: 50, ratio: 2 }
  expect(worseRows([before], [{ ...before, value: 300, reference: 150 }])).toEqual([])
  const [worse] = worseRows([before], [{ ...before, ratio: 2.5 }])
  expect(worse && worseSentence(worse)).toBe('worse by 25 % (noise 10 %): a: 2.00 before, 2.50 now')
})

test('a row without a noise is worse when its target is no longer met, and one without a former run is not compared', () => {
  const { noise: _, ...silent } = row
  expect(worseRows([silent], [{ ...row, value: 900 }])).toEqual([])
  expect(worseRows([{ ...silent, ok: true }], [{ ...silent, value: 90, ok: true }])).toEqual([])
  expect(worseRows([{ ...silent, ok: false }], [{ ...silent, value: 900, ok: false }])).toEqual([])
  const none = { ...silent, value: 0, ok: true }
  const [worse] = worseRows([none], [{ ...silent, value: 3, ok: false }])
  expect(worse && worseSentence(worse)).toBe('no longer met: a: 0.00 before, 3.00 now')
  expect(worseRows([], [row])).toEqual([])
})

test('the table marks the rows that became worse', () => {
  const [good, bad] = [
    { ...row, ok: true },
    { ...row, name: 'b' },
  ]
  const [, first, second] = table([good, bad], new Set([bad])).split('\n')
  expect([first?.endsWith('met'), second?.endsWith('worse')]).toEqual([true, true])
})

test('the noise is half the distance between the quartiles, by the median', () => {
  expect(noiseOf([90, 95, 100, 105, 110])).toBeCloseTo(0.05)
  expect(noiseOf([])).toBe(0)
})

test('each bench has a limit, and those of the run without names have 12 minutes together', async () => {
  expect(Object.keys(benchLimits).toSorted()).toEqual(await benchNames())
  const together = Object.values(benchLimits).filter(({ named }) => !named)
  expect(together.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThanOrEqual(
    MAX_SECONDS_TOGETHER,
  )
})

test('a bench that was named has three times its time of the run of all', () => {
  expect([secondsOf('calls', false), secondsOf('calls', true)]).toEqual([100, 300])
  expect(secondsOf('path', true)).toBe(600)
})
