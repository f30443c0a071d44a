import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { checkAnatomy } from './anatomy.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** The workspace with the coordinator as its only service, in a folder of its own. */
function copy(): {
  readonly at: string
  readonly edit: (path: string, change: (text: string) => string) => void
} {
  const at = mkdtempSync(join(tmpdir(), 'anatomy-'))
  folders.push(at)
  const service = 'services/coordinator'
  for (const part of ['package.json', 'src'])
    cpSync(join(root, service, part), join(at, service, part), { recursive: true })
  return {
    at,
    edit(path, change) {
      const file = join(at, service, 'src', path)
      writeFileSync(file, change(readFileSync(file, 'utf8')))
    },
  }
}

test('the five services have the same anatomy', () => {
  expect(checkAnatomy(root)).toEqual([])
})

test('a file that no other service has at its top is reported', () => {
  const { at } = copy()
  writeFileSync(join(at, 'services/coordinator/src/extra.ts'), 'export const extra = 1\n')
  expect(checkAnatomy(at)).toEqual([expect.stringContaining('coordinator/src/extra.ts')])
})

test('a service that makes a second rate limiter is reported', () => {
  const { at, edit } = copy()
  edit('events.ts', (text) => `${text}createRateLimiter(runtime)\ncreateRateLimiter(runtime)\n`)
  expect(checkAnatomy(at)).toEqual([expect.stringContaining('2 rate limiters')])
})

test.each([
  ['context.ts', /readonly events: .*/, '', 'first members are runtime and events'],
  ['app.ts', '  startJobs(context)\n', '', 'must call startJobs(context)'],
  ['app.ts', 'buildApp', 'addRoutes', 'buildApp(context)'],
  ['operations/tasks/list.ts', 'function tasksList', 'function listTasksOf', 'named like the file'],
] as const)(
  'a %s that differs from those of the other services is reported',
  (path, from, to, what) => {
    const { at, edit } = copy()
    edit(path, (text) => text.replace(from, to))
    expect(checkAnatomy(at)).toEqual([expect.stringContaining(what)])
  },
)

test('a context of more than 15 members is reported', () => {
  const { at, edit } = copy()
  const members = (count: number): string =>
    Array.from({ length: count }, (_, index) => `  readonly m${index}: number\n`).join('')
  // The members that follow `runtime` and `events` are replaced, so that the test does not depend on how many there are.
  const setMembers = (count: number): void =>
    edit('context.ts', (text) =>
      text.replace(/(readonly events: .*\n)[\s\S]*?\n\}/, `$1${members(count)}}`),
    )
  setMembers(13)
  expect(checkAnatomy(at)).toEqual([])
  setMembers(14)
  expect(checkAnatomy(at)).toEqual([expect.stringContaining('has 16 members')])
})
