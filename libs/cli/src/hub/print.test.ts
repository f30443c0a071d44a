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

test('what others named cannot control the terminal or break a row', () => {
  const text = table(['id', 'name'], [['a', '\u001B[31mred\nline\u009Bx\u0007']])
  const lines = text.split('\n')
  expect(lines).toHaveLength(2)
  expect(lines.join('')).not.toMatch(/\p{Cc}/u)
})

test('a text in the last column is cut at the width of the terminal, and the table says so', () => {
  expect(table(['id'], [['some words '.repeat(5)]], 30)).toBe(
    `ID\nsome words some words some wo…\n\n(Cut at 30 columns; --json shows everything.)`,
  )
})

test('columns that do not fit follow on indented lines, so that no name is cut', () => {
  const rows = [
    ['01a2', '10:00', 'completed', 'dev.laptop.git.worktreeCreate'],
    ['01a3', '10:01', 'failed', 'a.b'],
  ]
  expect(table(['call', 'at', 'outcome', 'operation'], rows, 40)).toBe(
    [
      'CALL  AT     OUTCOME  OPERATION',
      '01a2  10:00  completed',
      '  dev.laptop.git.worktreeCreate',
      '01a3  10:01  failed   a.b',
    ].join('\n'),
  )
})

test('one long name does not fold the rows beside it', () => {
  const rows = [
    ['x'.repeat(30), 'idle', '10:00:00', 'A title'],
    ['short', 'idle', '10:00:01', 'Another'],
  ]
  expect(table(['slug', 'status', 'since', 'title'], rows, 40).split('\n')).toEqual([
    'SLUG   STATUS  SINCE     TITLE',
    `${'x'.repeat(30)}  idle`,
    '  10:00:00  A title',
    'short  idle    10:00:01  Another',
  ])
})

test('the headings are folded with the rows when they do not fit either', () => {
  const rows = [['x'.repeat(30), 'completed', '2030-01-31 08:00', 'more']]
  expect(table(['name', 'state', 'since', 'detail'], rows, 40)).toBe(
    [
      'NAME',
      '  STATE      SINCE             DETAIL',
      'x'.repeat(30),
      '  completed  2030-01-31 08:00  more',
    ].join('\n'),
  )
})

test('a table that does not fit leaves out columns without a value and shortens ids', () => {
  const row = ['01a2316d-1a0c-7758-a02b-70709fc678a3', undefined, 'dev.laptop.fs.list']
  expect(table(['id', 'deadline', 'what'], [row], 40)).toBe(
    'ID                  WHAT\n01a2316d-1a0c-7758  dev.laptop.fs.list',
  )
  expect(table(['id', 'deadline', 'what'], [row])).toContain(row[0])
})

test('ids stay whole where their beginnings would be the same', () => {
  const ids = ['01a2316d-1a0c-7758-a02b-70709fc678a3', '01a2316d-1a0c-7758-a02b-70709fc678a4']
  const text = table(
    ['id', 'what'],
    ids.map((id) => [id, 'x'.repeat(20)]),
    50,
  )
  for (const id of ids) expect(text).toContain(id)
})

test('a name that is wider than the terminal stays whole', () => {
  expect(table(['id'], [['x'.repeat(50)]], 30)).toBe(`ID\n${'x'.repeat(50)}`)
})

test('a text that would keep fewer than 20 columns is wrapped below its row', () => {
  expect(
    table(
      ['operation', 'what it does'],
      [['dev.laptop.fs.read', 'Read a file or a part of it']],
      28,
    ),
  ).toBe(
    [
      'OPERATION',
      '  WHAT IT DOES',
      'dev.laptop.fs.read',
      '  Read a file or a part of',
      '  it',
    ].join('\n'),
  )
})

test('a table that fits is the same with and without a terminal', () => {
  const rows = [['a', 'b']]
  expect(table(['id', 'name'], rows, 40)).toBe(table(['id', 'name'], rows))
})
