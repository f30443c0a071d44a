import { expect, test } from 'vitest'
import { factsText } from './pinned-facts.ts'

const rows = {
  firstPrompt: 'Make the house.',
  task: {
    slug: 'house',
    name: 'Make it',
    body: 'Four walls.',
    checks: [{ name: 'stands', command: 'test -d house' }],
  },
  calls: [
    { operationName: 'dev.desk.fs.write', path: 'house/wall.txt' },
    { operationName: 'dev.desk.fs.edit', path: 'house/wall.txt' },
  ],
  questions: ['Red or blue?'],
  todos: [
    { text: 'Dig.', status: 'done' },
    { text: 'Build walls.', status: 'active' },
    { text: 'Paint.', status: 'open' },
    { text: 'Sell.', status: 'dropped' },
  ],
} as const

test('R10: the task, its checks, the open todos, the changed files, the open questions and the first message are named', () => {
  const text = factsText(rows, 10_000)
  for (const fact of [
    'house, "Make it"',
    'Four walls.',
    'test -d house',
    'What you still have to do:\n- active: Build walls.\n- open: Paint.\n\n',
    'Files that you changed: house/wall.txt\n',
    'Red or blue?',
    'Make the house.',
  ])
    expect(text).toContain(fact)
})

test('facts take no more room than they may, and without any the text is empty', () => {
  expect(factsText(rows, 100)).toHaveLength(100)
  const none = { firstPrompt: undefined, task: undefined, calls: [], questions: [], todos: [] }
  expect(factsText(none, 100)).toBe('')
})
