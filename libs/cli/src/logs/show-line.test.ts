import { expect, test } from 'vitest'
import { readLogLine } from './log-line.ts'
import { lineJson, lineText } from './show-line.ts'

const time = new Date(2026, 10, 29, 14, 2, 11, 48).getTime()
const style = { colours: false, stack: false, sourceWidth: 8, now: new Date(time + 1000) }
const line = (members: object) =>
  readLogLine('gateway', JSON.stringify({ level: 50, time, service: 'gateway', ...members }))

test('a line is shown with its time, process, level, message, error and members', () => {
  const failed = line({
    msg: 'request failed',
    code: 'TIMEOUT',
    note: 'two words',
    empty: '',
    details: { a: 1 },
    err: {
      type: 'HubError',
      message: 'no answer',
      stack: 'HubError: no answer\n    at a (b.ts:1)',
    },
  })
  const shown =
    '14:02:11.048 gateway  ERROR request failed (HubError: no answer) code=TIMEOUT note="two words" empty="" details={"a":1}'
  expect(lineText(failed, style)).toBe(shown)
  expect(lineText(failed, { ...style, stack: true })).toBe(`${shown}\n    at a (b.ts:1)`)
})

test('a line of another day is shown with its date, one without a time with room for it', () => {
  const tomorrow = { ...style, now: new Date(time + 86_400_000) }
  expect(lineText(line({ msg: 'x' }), tomorrow)).toBe('2026-11-29 14:02:11.048 gateway  ERROR x')
  expect(lineText(readLogLine('redis', 'half'), style)).toBe('             redis          half')
})

test('colours are codes around the parts, and the text is the same', () => {
  const coloured = lineText(line({ msg: 'x' }), { ...style, colours: true })
  expect(coloured).toContain('\u001b[31mERROR\u001b[39m')
  // oxlint-disable-next-line no-control-regex -- colours are what is removed
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(lineText(line({ msg: 'x' }), style))
})

test('control characters are shown as escapes, wherever they are', () => {
  const hostile = 'm\u001b[2J\u0007\u009b31m\u202e\r\n'
  const shown = lineText(
    line({
      msg: hostile,
      [hostile]: hostile,
      err: { message: hostile, stack: `Error\n    at ${hostile}` },
    }),
    { ...style, stack: true },
  )
  expect(shown).toMatch(/^[\n\u0020-\u007e]*$/)
  expect(shown).toContain('\\u001b[2J')
  expect(shown.split('\n')).toHaveLength(2)
})

test('for programs every line has the same members, and its own', () => {
  expect(JSON.parse(lineJson(line({ msg: 'x', code: 'Y' })))).toEqual({
    time: new Date(time).toISOString(),
    level: 'error',
    service: 'gateway',
    msg: 'x',
    code: 'Y',
  })
  expect(JSON.parse(lineJson(readLogLine('redis', 'half')))).toEqual({
    time: null,
    level: null,
    service: 'redis',
    msg: 'half',
  })
})
