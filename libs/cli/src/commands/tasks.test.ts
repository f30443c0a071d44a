import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { taskCommands } from '@alkdev/taskgraph/commands'
import { expect, test } from 'vitest'
import { fileURLToPath } from 'node:url'
import { run } from '../testing/memory-io.ts'
import { parseSlips } from './tasks/offline-commands.ts'
import { tasks } from './tasks.ts'

const file = (id: string, dependsOn: readonly string[], more = ''): string =>
  `---\nid: ${id}\nname: Do ${id}\ndepends_on: [${dependsOn.join(', ')}]\n${more}---\n\nText of ${id}.\n`

/** A folder with `tasks/`: docs depends on api, which depends on schema, which is completed. */
async function folder() {
  const dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-tasks-'))
  await mkdir(join(dir.path, 'tasks/deep'), { recursive: true })
  await writeFile(join(dir.path, 'tasks/schema.md'), file('schema', [], 'status: completed\n'))
  await writeFile(join(dir.path, 'tasks/deep/api.md'), file('api', ['schema'], 'risk: high\n'))
  await writeFile(join(dir.path, 'tasks/docs.md'), file('docs', ['api']))
  await writeFile(join(dir.path, 'tasks/README.md'), '# No task\n')
  return dir
}

test('every command of the graph library is there, by its name', () => {
  for (const name of Object.keys(taskCommands)) expect(tasks.subcommands).toHaveProperty(name)
})

test('the files of ./tasks, or of a folder that is named, are read without a hub', async () => {
  await using dir = await folder()
  const here = { cwd: dir.path }
  const next = await run(['tasks', 'next'], here)
  expect(next).toMatchObject({ code: 0, err: '' })
  expect(next.out).toMatch(/^api +- .* Do api$/m)
  expect((await run(['tasks', 'topo', 'tasks/deep'], here)).out).toMatch(/^1 {2}api/m)
  const shown = (await run(['tasks', 'show', 'docs'], here)).out
  expect(shown).toContain('Text of docs.')
  const list = JSON.parse((await run(['tasks', 'list', '--json', '--risk', 'high'], here)).out)
  expect(list).toMatchObject([{ id: 'api', dependsOn: ['schema'] }])
  const deps = JSON.parse((await run(['tasks', 'deps', 'docs', '--all', '--json'], here)).out)
  expect(deps.map((one: { id: string }) => one.id)).toEqual(['api', 'schema'])
})

test('all sub-commands that take a folder alone answer, in text and as JSON', async () => {
  await using dir = await folder()
  const takesMore = new Set(['sync', 'show', 'init', 'deps', 'dependents', 'what-if'])
  for (const name of ['claim', 'done', 'release', 'reopen', 'board', 'export']) takesMore.add(name)
  for (const name of Object.keys(tasks.subcommands).filter((one) => !takesMore.has(one))) {
    const text = await run(['tasks', name], { cwd: dir.path })
    expect(text).toMatchObject({ code: 0, err: '' })
    expect(text.out.trim()).not.toBe('')
    const { out } = await run(['tasks', name, '--json'], { cwd: dir.path })
    expect(JSON.parse(out)).toBeTypeOf('object')
  }
})

test('the task files of this repository pass the strict check without a word, and have no cycle', async () => {
  const root = fileURLToPath(new URL('../../../..', import.meta.url))
  const checked = await run(['tasks', 'validate', '--strict'], { cwd: root })
  expect(checked).toMatchObject({ code: 0, err: '' })
  const { out } = await run(['tasks', 'topo', 'tasks/architecture/storage', '--json'], {
    cwd: root,
  })
  expect(JSON.parse(out)).toHaveLength(56)
})

test('a missing task, a cycle and an invalid word give sentences with a fix', async () => {
  await using dir = await folder()
  const err = async (...argv: string[]): Promise<string> =>
    (await run(['tasks', ...argv], { cwd: dir.path })).err
  expect(await err('show', 'x')).toBe(
    'alkhub: There is no task "x". Its id is shown by `alkhub tasks list`.\n',
  )
  expect(await err('graph', '--format', 'png')).toBe(
    'alkhub: --format takes dot or mermaid, not `png`.\n',
  )
  expect(await err('next', 'nowhere')).toContain("nowhere can't be read.")
  expect(await err('what-if')).toContain('--slip ID=BY')
  await writeFile(join(dir.path, 'tasks/schema.md'), file('schema', ['docs']))
  expect(await err('topo')).toContain('`alkhub tasks cycles` shows them all.')
})

test('slips are numbers by id', () => {
  expect(parseSlips(['api=2', 'a=b=-1.5'])).toEqual({ api: 2, 'a=b': -1.5 })
  for (const text of ['api', 'api=', '=2', 'api=x']) expect(() => parseSlips([text])).toThrow(text)
})

test('init writes a file once, also into a folder that is not there yet', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-tasks-'))
  const first = await run(
    ['tasks', 'init', 'api', '--name', 'Serve it', '--risk', 'high', '--tag', 'http'],
    { cwd: dir.path },
  )
  expect(first).toEqual({ code: 0, out: `Wrote ${join(dir.path, 'tasks/api.md')}.\n`, err: '' })
  expect(await readFile(join(dir.path, 'tasks/api.md'), 'utf8')).toContain('risk: high\n')
  expect((await run(['tasks', 'init', 'api'], { cwd: dir.path })).err).toContain(
    'already there. Choose another id.',
  )
  expect((await run(['tasks', 'init', 'b', '--risk', 'huge'], { cwd: dir.path })).err).toMatch(
    /^alkhub: risk: expected one of/,
  )
})

test('validate names file and line and fails; the others say what they leave out', async () => {
  await using dir = await folder()
  await writeFile(join(dir.path, 'tasks/bad.md'), '---\nid: bad\nname: Bad\nrisk: huge\n---\n')
  const checked = await run(['tasks', 'validate'], { cwd: dir.path })
  expect(checked.code).toBe(1)
  expect(checked.out).toContain('bad.md:4:7: risk: expected one of')
  const list = await run(['tasks', 'list'], { cwd: dir.path })
  expect(list.code).toBe(0)
  expect(list.err).toBe('alkhub: 1 file is left out; `alkhub tasks validate` says why.\n')
})

test('sync sends nothing while anything is wrong with the files', async () => {
  await using dir = await folder()
  await writeFile(join(dir.path, 'tasks/docs.md'), file('docs', ['typo']))
  const { code, err } = await run(['tasks', 'sync'], { cwd: dir.path })
  expect(code).toBe(1)
  expect(err).toContain('Nothing was sent')
  expect(err).toContain('docs.md:4')
  await using empty = await mkdtempDisposable(join(tmpdir(), 'alkhub-tasks-'))
  expect((await run(['tasks', 'sync', '.'], { cwd: empty.path })).err).toContain(
    'There is no task file below',
  )
})
