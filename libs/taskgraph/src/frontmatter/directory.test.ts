import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { formatProblem, parseTaskDirectory, parseTaskFile, readTaskDirectory } from '../index.ts'

async function folder(files: Record<string, string | Uint8Array>) {
  const path = await mkdtemp(join(tmpdir(), 'taskgraph-'))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), content)
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const task = (id: string, dependsOn: string[] = [], more = '') =>
  `---\nid: ${id}\nname: ${id.toUpperCase()}\n${more}depends_on:${dependsOn.length === 0 ? ' []' : ''}\n${dependsOn.map((one) => `  - ${one}\n`).join('')}---\nbody of ${id}\n`

test('files are found in all folders, ordered by path, with their bodies', async () => {
  await using root = await folder({
    'b.md': task('b', ['a']),
    'deep/er/a.md': task('a'),
    'deep.md': task('c'),
    'notes.txt': task('no'),
    'README.md': '# Only text\n',
    '.hidden/x.md': task('x'),
    'node_modules/p/y.md': task('y'),
  })
  const { files, problems, ignored } = await readTaskDirectory(root.path)
  expect(files.map(({ path, task, body }) => [path, task.id, body])).toEqual([
    ['b.md', 'b', 'body of b\n'],
    ['deep.md', 'c', 'body of c\n'],
    ['deep/er/a.md', 'a', 'body of a\n'],
  ])
  expect(problems).toEqual([])
  expect(ignored).toEqual(['README.md'])
})

test('every problem of every file is there with its line', async () => {
  await using root = await folder({
    'a.md': task('a', ['b', 'absent', 'a']),
    'b.md': task('b', ['a']),
    'c.md': task('a'),
    'd.md': '---\nid: d\nname: 1\nrisk: big\n---\n',
    'e.md': '---\nid: e\n',
    'f.md': new Uint8Array([0x2d, 0xff, 0xfe]),
    'g.md': `---\nid: g\n\tname: g\n---\n`,
  })
  const { files, problems } = await readTaskDirectory(root.path)
  expect(files.map((file) => file.path)).toEqual(['a.md', 'b.md'])
  expect(
    problems.map((problem) => `${problem.severity} ${problem.code} ${formatProblem(problem)}`),
  ).toEqual([
    'error cycle a.md:5:5: dependsOn/0: the tasks depend on each other in a cycle: a -> b -> a',
    'error unknown-dependency a.md:6:5: dependsOn/1: there is no task "absent"',
    'error self-dependency a.md:7:5: dependsOn/2: the task depends on itself',
    'error duplicate-id c.md:2:5: id: the id "a" is already used by a.md',
    'error schema d.md:1:1: dependsOn: is missing; expected a list of task ids (write "dependsOn: []" when there are none)',
    'error schema d.md:3:7: name: expected a text, found the number 1; put it in quotes',
    'error schema d.md:4:7: risk: expected one of trivial, low, medium, high, critical, found "big"',
    'error unclosed-frontmatter e.md:1:1: the front matter is never closed: end it with a line "---"',
    'error not-text f.md:1:1: the file is not UTF-8 text',
    expect.stringMatching(/^error yaml g\.md:3:\d+: /),
  ])
})

test('parseTaskDirectory gives the good tasks and tells onProblem the rest', async () => {
  await using root = await folder({ 'a.md': task('a'), 'b.md': '---\nid: b\n---\n' })
  const received: string[] = []
  const tasks = await parseTaskDirectory(root.path, {
    onProblem: (problem) => received.push(problem.path),
  })
  expect(tasks.map((one) => one.id)).toEqual(['a'])
  expect(received).toEqual(['b.md', 'b.md'])
})

test('limits leave out, and say so', async () => {
  await using root = await folder({
    'a.md': task('a'),
    'b.md': `${task('b')}${'x'.repeat(2000)}`,
    'c/c/c.md': task('c'),
  })
  const { files, problems } = await readTaskDirectory(root.path, {
    maxFileBytes: 1000,
    maxDepth: 1,
  })
  expect(files.map((file) => file.path)).toEqual(['a.md'])
  expect(problems.map(({ path, code }) => [path, code])).toEqual([
    ['b.md', 'too-large'],
    ['c/c', 'limit'],
  ])
  const few = await readTaskDirectory(root.path, { maxFiles: 1 })
  expect(few.problems.map(({ code }) => code)).toEqual(['limit'])
  await expect(parseTaskDirectory(root.path, { maxFiles: 1 })).rejects.toMatchObject({
    name: 'InvalidInputError',
  })
})

test('symbolic links are not followed', async () => {
  await using outside = await folder({ 'x.md': task('x') })
  await using root = await folder({ 'a.md': task('a') })
  await symlink(join(outside.path, 'x.md'), join(root.path, 'x.md'))
  await symlink(outside.path, join(root.path, 'more'))
  const { files } = await readTaskDirectory(root.path)
  expect(files.map((file) => file.path)).toEqual(['a.md'])
})

test('a folder that is not there rejects with the error of the file system', async () => {
  await expect(parseTaskDirectory('/nowhere/at/all')).rejects.toMatchObject({ code: 'ENOENT' })
  await expect(parseTaskFile('/nowhere/a.md')).rejects.toMatchObject({ code: 'ENOENT' })
})

test('the error of one file names its path and line', async () => {
  await using root = await folder({ 'a.md': '---\nid: a\nname: A\ndependsOn: 3\n---\n' })
  const path = join(root.path, 'a.md')
  await expect(parseTaskFile(path)).rejects.toMatchObject({ path, line: 4, field: 'dependsOn' })
})

test('a signal stops the reading', async () => {
  await using root = await folder({ 'a.md': task('a') })
  const reason = new Error('enough')
  await expect(readTaskDirectory(root.path, { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  )
})

test('a field that no task has is a warning with its place, and the task is kept', async () => {
  await using root = await folder({
    'a.md': '---\nid: a\nname: A\ndependsOn: []\npiority: high\nepic: x\n---\n',
  })
  const { files, problems } = await readTaskDirectory(root.path)
  expect(files.map(({ task }) => task.id)).toEqual(['a'])
  expect(problems.map((one) => `${one.severity} ${one.code} ${formatProblem(one)}`)).toEqual([
    'warning unknown-field a.md:5:1: piority: no task has this field, so it is ignored. Did you mean `priority`?',
    'warning unknown-field a.md:6:1: epic: no task has this field, so it is ignored.',
  ])
})
