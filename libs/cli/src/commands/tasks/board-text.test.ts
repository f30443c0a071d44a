import type { TaskItem } from '@alkdev/contracts/agents'
import { expect, test } from 'vitest'
import { boardChanges, boardLines } from './board-text.ts'

const task = (slug: string, more: Partial<TaskItem> = {}): TaskItem => ({
  taskId: slug,
  slug,
  name: `Do ${slug}`,
  status: 'pending',
  tags: [],
  dependsOn: [],
  ...more,
})
const claim = { token: 1, sessionId: 's-1', since: '2026-01-02T03:04:05.000Z' }
const board = (tasks: readonly TaskItem[]) => ({
  tasks,
  next: {
    ready: [],
    postponed: [{ slug: 'late', waitsFor: 'run', path: 'src/x.ts' }],
    readyCount: 1,
    waitingCount: 1,
  },
})
const tasks = [
  task('end', { dependsOn: ['run', 'old'] }),
  task('late'),
  task('old', { status: 'completed' }),
  task('run', { status: 'in-progress', claim }),
  task('stuck', { status: 'blocked', statusReason: 'no access' }),
]

test('the board counts the tasks and shows who works, what is ready and what waits', () => {
  const lines = boardLines(board(tasks))
  expect(lines[0]).toBe('1 in-progress, 1 ready, 1 blocked, 0 failed, 1 waiting, 1 completed')
  expect(lines.slice(3).map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual([
    ['run', 'in-progress', expect.stringMatching(/^session s-1 since /)],
    ['late', 'ready', 'after run (both may change src/x.ts)'],
    ['stuck', 'blocked', 'no access'],
    ['end', 'waiting', 'waits for run'],
  ])
})

test('a holder is shown by its name when the hub knows it', () => {
  const held = (more: object) =>
    boardChanges(
      [],
      [task('a', { status: 'in-progress', claim: { token: 1, since: claim.since, ...more } })],
    )[0]?.line
  expect(held({ accountId: 'id', name: 'Ada' })).toBe('a in-progress by Ada')
  expect(held({ accountId: 'id' })).toBe('a in-progress by account id')
  expect(held({ sessionId: 's-12345678', name: 'Do a' })).toBe(
    'a in-progress by session "Do a" (12345678)',
  )
})

test('lines that do not fit the terminal are counted', () => {
  expect(boardLines(board(tasks), { rows: 4 })).toEqual([
    expect.any(String),
    '',
    expect.any(String),
    'and 4 more lines',
  ])
})

test('only what changed is reported, without control characters of texts', () => {
  const now = tasks.map((one) =>
    one.slug === 'run' ? task('run', { statusReason: 'given\u001B back' }) : one,
  )
  expect(boardChanges([], tasks)).toHaveLength(5)
  expect(boardChanges(tasks, now).map(({ line }) => line)).toEqual(['run pending: given  back'])
  expect(boardChanges(now, now)).toEqual([])
})
