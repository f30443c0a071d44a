import { expect, test } from 'vitest'
import { parseFrontmatter, readFrontmatter, serializeFrontmatter } from '../index.ts'

const block = (yaml: string) => `---\nid: a\nname: A\ndependsOn: []\n${yaml}\n---\n`
const problems = (yaml: string) =>
  readFrontmatter(block(yaml)).problems.map(
    ({ line, column, field, message }) => `${line}:${column} ${field} ${message}`,
  )

const yaml = `checks:
  - name: types
    command: npm run types
    timeoutMs: 60000
  - {name: unit tests, command: "npm test -- libs/a"}
touches:
  - libs/a/**
  - "*.md"`

test('checks and touches are read and written back', () => {
  const task = parseFrontmatter(block(yaml))
  expect(task).toMatchObject({
    checks: [
      { name: 'types', command: 'npm run types', timeoutMs: 60_000 },
      { name: 'unit tests', command: 'npm test -- libs/a' },
    ],
    touches: ['libs/a/**', '*.md'],
  })
  expect(parseFrontmatter(serializeFrontmatter(task))).toEqual(task)
})

test('each wrong value is reported at its place', () => {
  expect(
    problems(`checks:
  - name: types
  - command: x
    name: /x
    timeoutMs: 10
    shell: bash
  - text
touches: src`),
  ).toEqual([
    '6:5 checks/0/command is missing; expected a text of 1 to 4096 characters',
    '8:11 checks/1/name expected a text of at most 64 letters, digits, blanks and the characters . _ : - that begins with a letter or digit, found "/x"',
    '9:16 checks/1/timeoutMs expected a whole number from 1000 to 3600000, found the number 10',
    '10:12 checks/1/shell is not a field that a check has',
    '11:5 checks/2 expected a mapping with the keys name, command and timeoutMs, found "text"',
    '12:10 touches expected a list of at most 32 globs, found "src"',
  ])
})

test('two checks with one name, and globs that are none, are reported at their place', () => {
  expect(
    problems(`checks: [{name: a, command: x}, {name: a, command: y}]
touches: [src, /etc]`),
  ).toEqual([
    '5:40 checks/1/name the check "a" is there twice',
    '6:16 touches/1 the glob has an empty part, such as "//" or "/" at its start',
  ])
})

test('more checks or globs than a task may have are refused', () => {
  const many = (item: string) => Array.from({ length: 33 }, () => item).join(', ')
  expect(problems(`touches: [${many('a')}]`)).toEqual([
    '5:10 touches expected a list of at most 32 globs, found a list of 33',
  ])
  expect(problems(`checks: [${many('{name: a, command: x}')}]`)).toEqual([
    '5:9 checks expected a list of at most 32 checks, found a list of 33',
  ])
})

test('a key named __proto__ is an unknown field and changes nothing', () => {
  expect(problems('checks: [{name: a, command: x, __proto__: {polluted: true}}]')).toHaveLength(1)
  expect({}).not.toHaveProperty('polluted')
})
