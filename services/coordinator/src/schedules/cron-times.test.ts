import { expect, test } from 'vitest'
import { dueTimes, firstTime, timesAfter } from './cron-times.ts'

const at = (text: string): Date => new Date(text)
const berlin = (cron: string) => ({ cron, timeZone: 'Europe/Berlin', at: null })
const times = (cron: string, after: string, count: number): string[] =>
  timesAfter(berlin(cron), at(after), count).map((time) => time.toISOString().slice(5, 16))

test('a time that the change to summer time leaves out fires when the clocks have changed', () => {
  expect(times('30 2 * * *', '2026-03-27T12:00:00Z', 3)).toEqual([
    '03-28T01:30',
    '03-29T01:00',
    '03-30T00:30',
  ])
  expect(times('*/30 * * * *', '2026-03-29T00:00:00Z', 3)).toEqual([
    '03-29T00:30',
    '03-29T01:00',
    '03-29T01:30',
  ])
})

test('a time that occurs twice at the end of summer time fires once, steps fire at all of them', () => {
  expect(times('30 2 * * *', '2026-10-24T12:00:00Z', 2)).toEqual(['10-25T00:30', '10-26T01:30'])
  expect(times('*/30 2 * * *', '2026-10-24T23:00:00Z', 4)).toEqual([
    '10-25T00:00',
    '10-25T00:30',
    '10-25T01:00',
    '10-25T01:30',
  ])
})

test.each([
  ['0 0 30 2 *', 'UTC', '/cron'],
  ['61 * * * *', 'UTC', '/cron'],
  ['* * * * * *', 'UTC', '/cron'],
  ['2030-01-01T00:00:00Z', 'UTC', '/cron'],
  ['', 'UTC', '/cron'],
  ['@reboot', 'UTC', '/cron'],
  ['* * * * *', 'Mars/Base', '/timeZone'],
])('the schedule %s in %s is refused', (cron, timeZone, path) => {
  const when = { cron, timeZone, at: null }
  expect(() => firstTime(when, at('2026-01-01T00:00:00Z'))).toThrow(
    expect.objectContaining({
      code: 'VALIDATION_ERROR',
      details: { errors: [expect.objectContaining({ path })] },
    }),
  )
})

test('a cron expression is refused with the fields that it needs, or with what is wrong in one of them', () => {
  const now = at('2026-01-01T00:00:00Z')
  for (const cron of ['foo', '* * * * * *', '12:30'])
    expect(() => firstTime(berlin(cron), now)).toThrow(
      'The schedule does not fit: cron must be a cron expression with five fields (minute, hour, day of the month, month, day of the week), for instance `30 2 * * *`.',
    )
  expect(() => firstTime(berlin('61 * * * *'), now)).toThrow('is not a cron expression: ')
})

test('a date that comes once in four years is found, and an instant that has passed is refused', () => {
  const now = at('2026-01-01T00:00:00Z')
  expect(firstTime(berlin('0 0 29 2 *'), now)).toEqual(at('2028-02-28T23:00:00Z'))
  const past = { cron: null, timeZone: 'UTC', at: at('2025-12-31T23:59:59Z') }
  expect(() => firstTime(past, now)).toThrow('must lie in the future')
})

const hourly = (catchUp: 'none' | 'last' | 'all', nextDueAt: string) => ({
  cron: '0 * * * *',
  timeZone: 'UTC',
  at: null,
  catchUp,
  nextDueAt: at(nextDueAt),
})

test('what passed while nothing could fire is made up for by the policy', () => {
  const now = at('2026-01-01T10:30:00Z')
  const due = (policy: 'none' | 'last' | 'all') =>
    dueTimes(hourly(policy, '2026-01-01T08:00:00Z'), now)
  const next = at('2026-01-01T11:00:00Z')
  const first = at('2026-01-01T08:00:00Z')
  expect(due('none')).toEqual({ dues: [], next, missedFrom: first })
  expect(due('last')).toEqual({ dues: [at('2026-01-01T10:00:00Z')], next, missedFrom: first })
  expect(due('all')).toEqual({
    dues: [8, 9, 10].map((hour) => at(`2026-01-01T${String(hour).padStart(2, '0')}:00:00Z`)),
    next,
  })
})

test('making up for a year of minutes is bounded', () => {
  const minutely = { ...hourly('all', '2025-01-01T00:00:00Z'), cron: '* * * * *' }
  const { dues, missedFrom } = dueTimes(minutely, at('2026-01-01T00:00:30Z'))
  expect(dues).toHaveLength(100)
  expect(dues.at(-1)).toEqual(at('2026-01-01T00:00:00Z'))
  expect(missedFrom).toEqual(at('2025-01-01T00:00:00Z'))
})

test('a time that is due fires with every policy, at its very instant and a little late', () => {
  for (const policy of ['none', 'last', 'all'] as const)
    for (const now of [
      '2026-01-01T08:00:00.000Z',
      '2026-01-01T08:00:00.900Z',
      '2026-01-01T08:00:59Z',
    ])
      expect(dueTimes(hourly(policy, '2026-01-01T08:00:00Z'), at(now))).toEqual({
        dues: [at('2026-01-01T08:00:00Z')],
        next: at('2026-01-01T09:00:00Z'),
      })
})

test('each time of a day fires once while the clock of the database goes on, also through changes of the clocks', () => {
  for (const [day, cron] of [
    ['2026-03-29', '*/20 * * * *'],
    ['2026-10-25', '*/20 * * * *'],
    ['2026-03-29', '30 2 * * *'],
    ['2026-10-25', '30 2 * * *'],
  ] as const) {
    const start = at(`${day}T00:00:00Z`)
    const end = start.getTime() + 5 * 3_600_000
    const expected = timesAfter(berlin(cron), new Date(start.getTime() - 1000), 30).filter(
      (time) => time.getTime() <= end,
    )
    const fired: Date[] = []
    let nextDueAt: Date | null = expected[0] ?? null
    for (let ms = start.getTime(); ms <= end; ms += 420_000) {
      const found = dueTimes({ ...berlin(cron), catchUp: 'all', nextDueAt }, new Date(ms))
      fired.push(...found.dues)
      nextDueAt = found.next ?? null
    }
    expect(fired).toEqual(
      expected.filter((time) => time.getTime() <= end - 420_000 || fired.includes(time)),
    )
  }
})
