import { CallError } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { readTaskFiles } from './read-task-files.ts'

const file = (path: string, yaml: string, body = '') => ({
  path,
  content: `---\n${yaml}\n---\n${body}`,
})

function failureOf(run: () => unknown): CallError {
  try {
    run()
  } catch (error) {
    return CallError.from(error)
  }
  throw new Error('it did not fail')
}

test('a task file becomes a task with its path and body', () => {
  const { tasks } = readTaskFiles([file('a.md', 'id: a\nname: A\ndependsOn: []', 'Do it.')])
  expect(tasks).toMatchObject([{ slug: 'a', name: 'A', path: 'a.md' }])
  expect(tasks[0]?.body).toContain('Do it.')
})

test('a task has the dates of its front matter and its file', () => {
  const yaml = 'id: a\nname: A\ndependsOn: []\ncreated: 2026-01-02'
  const {
    tasks: [task],
  } = readTaskFiles([{ ...file('a.md', yaml), modifiedAt: '2026-01-03T00:00:00.000Z' }])
  expect(task).toMatchObject({
    fileCreatedAt: new Date('2026-01-02'),
    fileModifiedAt: new Date('2026-01-03'),
  })
})

test('Markdown without front matter is left out', () => {
  expect(readTaskFiles([{ path: 'README.md', content: '# Text' }]).tasks).toEqual([])
})

test('the problems of all files are reported by file, line and column', () => {
  const { code, details } = failureOf(() =>
    readTaskFiles([file('a.md', 'id: a'), file('b.md', 'name: [')]),
  )
  expect(code).toBe('VALIDATION_ERROR')
  const { errors } = details as { errors: readonly { path: string }[] }
  expect(new Set(errors.map(({ path }) => path.split(':')[0]))).toEqual(new Set(['a.md', 'b.md']))
  for (const { path } of errors) expect(path).toMatch(/^[ab]\.md:\d+:\d+$/)
})

test('two files with the same id are refused', () => {
  const yaml = 'id: a\nname: A\ndependsOn: []'
  const { code, details } = failureOf(() => readTaskFiles([file('a.md', yaml), file('b.md', yaml)]))
  expect(code).toBe('VALIDATION_ERROR')
  expect(JSON.stringify(details)).toContain('b.md')
})
