import { expect, test } from 'vitest'
import { durationOf, momentOf, parseDuration, pastMomentOf, shortTime } from './times.ts'

test.each([
  ['45s', 45_000],
  ['30m', 1_800_000],
  ['12h', 43_200_000],
  ['90d', 7_776_000_000],
  ['90', undefined],
  ['1.5h', undefined],
  ['-1h', undefined],
  ['h', undefined],
])('the duration %s is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test('a moment is a duration from now on or a date, and never past', () => {
  const now = new Date('2030-01-01T00:00:00Z')
  expect(momentOf('expires', '1d', now).toISOString()).toBe('2030-01-02T00:00:00.000Z')
  expect(momentOf('expires', '2030-01-31', now).toISOString()).toBe('2030-01-31T00:00:00.000Z')
  expect(() => momentOf('expires', '2029-12-31', now)).toThrow('--expires is in the past.')
  expect(() => momentOf('expires', 'soon', now)).toThrow('takes a duration or a date')
  expect(() => durationOf('grace', 'soon')).toThrow('--grace takes a duration, not `soon`.')
})

test('a moment in the past is a duration before now or a date', () => {
  const now = new Date('2030-01-02T00:00:00Z')
  expect(pastMomentOf('since', '1d', now).toISOString()).toBe('2030-01-01T00:00:00.000Z')
  expect(pastMomentOf('since', '2029-12-31', now).toISOString()).toBe('2029-12-31T00:00:00.000Z')
  expect(() => pastMomentOf('since', 'never')).toThrow('takes a duration or a date')
})

test('a time in a table is local and has no seconds', () => {
  const zone = process.env['TZ']
  try {
    process.env['TZ'] = 'Asia/Tokyo'
    expect(shortTime('2030-01-31T08:30:59.123Z')).toBe('2030-01-31 17:30')
    process.env['TZ'] = 'UTC'
    expect(shortTime('2030-01-31T08:30:59.123Z')).toBe('2030-01-31 08:30')
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }

  expect(shortTime(undefined)).toBe('')
})
