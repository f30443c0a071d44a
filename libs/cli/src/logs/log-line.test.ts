import { expect, test } from 'vitest'
import { hasLevel, logLine, readLogLine } from './log-line.ts'

const at = (text: string): number => Date.parse(text)

test('a JSON line has its time, level, message and other members', () => {
  const text =
    '{"level":50,"time":1795861200911,"service":"gateway","msg":"request failed","code":"X"}'
  expect(readLogLine('gateway', text)).toEqual({
    source: 'gateway',
    time: 1795861200911,
    level: 'error',
    message: 'request failed',
    fields: { code: 'X' },
  })
  expect(readLogLine('stack', logLine('warn', 'x').trimEnd())).toMatchObject({
    level: 'warn',
    message: 'x',
  })
})

test.each([
  ['UTC', '2026-11-29T14:02:11.480Z'],
  ['GMT', '2026-11-29T14:02:11.480Z'],
  ['-03', '2026-11-29T14:02:11.480-03:00'],
  // The zone of the machine.
  ['CET', '2026-11-29T14:02:11.480'],
])('a line of PostgreSQL in the zone %s has a time and a level', (zone, time) => {
  const line = `2026-11-29 14:02:11.480 ${zone} [77] ERROR:  relation "x" does not exist`
  expect(readLogLine('postgres', line)).toMatchObject({
    time: at(time),
    level: 'error',
    message: 'relation "x" does not exist',
  })
})

test('a detail of PostgreSQL has the level of its message', () => {
  const before = { time: 1, level: 'error' } as const
  const line = '2026-11-29 14:02:11.481 UTC [77] STATEMENT:  select * from x'
  expect(readLogLine('postgres', line, before)).toMatchObject({
    time: at('2026-11-29T14:02:11.481Z'),
    level: 'error',
    message: 'STATEMENT: select * from x',
  })
})

test('a line of Redis has a time in the zone of the machine and a level', () => {
  const line = '123:M 29 Nov 2026 14:02:11.480 # Server initialized'
  expect(readLogLine('redis', line)).toMatchObject({
    time: at('2026-11-29T14:02:11.480'),
    level: 'warn',
    message: 'Server initialized',
  })
})

test.each([
  ['    at main (file.ts:1:1)'],
  ['{"level":30,"time":17'],
  ['{"level":"high","time":1e300}'],
])('%s takes time and level of the line before', (text) => {
  const before = { time: 5, level: 'error' } as const
  expect(readLogLine('gateway', text, before)).toMatchObject(before)
  expect(readLogLine('gateway', text)).toMatchObject({ time: undefined, level: undefined })
})

test('a line passes a level when its own is as high, or not known', () => {
  const line = (level: number) => readLogLine('x', JSON.stringify({ level }))
  expect([20, 30, 35, 40, 60].map((one) => hasLevel(line(one), 'warn'))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ])
  expect(hasLevel(readLogLine('x', 'text'), 'fatal')).toBe(true)
})
