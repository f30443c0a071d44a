import { expect, test } from 'vitest'
import { table } from './print.ts'

test('columns are aligned under their headings and lines have no blanks at their end', () => {
  const text = table(
    ['id', 'name'],
    [
      ['a', 'first'],
      ['long', undefined],
    ],
  )
  expect(text).toBe('ID    NAME\na     first\nlong')
})

test('what others named can not control the terminal or break a row', () => {
  const text = table(['id', 'name'], [['a', '\u001B[31mred\nline\u009Bx\u0007']])
  const lines = text.split('\n')
  expect(lines).toHaveLength(2)
  expect(lines.join('')).not.toMatch(/\p{Cc}/u)
})

test('a line is cut at the width of the terminal, and the table says so', () => {
  expect(table(['id'], [['x'.repeat(50)]], 30)).toBe(
    `ID\n${'x'.repeat(29)}…\n\n(Cut at 30 columns; --json shows everything.)`,
  )
})
