import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listWords } from './first-call.ts'
import { readyWords } from './ready-words.ts'

const report = {
  urls: {
    gateway: 'http://127.0.0.1:3000',
    spokes: 'ws://127.0.0.1:3001/ws',
    inference: 'http://127.0.0.1:3002/v1',
    mcp: 'http://127.0.0.1:3003/mcp',
  },
  adminKeyFile: '/hub/.alkhub/admin.key',
  spoke: 'desk',
  firstCall: { operationId: 'dev.desk.fs.list', durationMs: 13.04 },
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'alkhub-ready-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

function words(cwd: string, entries: string[] | undefined, startedAs?: string): string {
  return readyWords(
    report,
    {
      shown: entries && listWords(entries),
      console: 'http://127.0.0.1:3000/console/',
      detached: false,
    },
    { cwd, env: startedAs === undefined ? {} : { ALKHUB_STARTED_AS: startedAs } },
  )
}

test('in an empty folder the first call says so, and what to try does not need a file', () => {
  const said = words(folder(), [], '../hub/alkhub')
  expect(said).toContain('dev.desk.fs.list answered in 13.0 ms: the folder is empty\n')
  expect(said).not.toContain('README.md')
  expect(said).toContain(
    `Try: ../hub/alkhub call dev.desk.fs.write '{"path":"hello.txt","content":"Hello"}'\n`,
  )
})

test('a README that is there is what to read', () => {
  const cwd = folder()
  writeFileSync(join(cwd, 'README.md'), '')
  const said = words(cwd, ['README.md', 'a', 'b', 'c', 'd', 'e', 'f', 'g'], './alkhub')
  expect(said).toContain('answered in 13.0 ms: README.md, a, b, c, d, e and 2 more\n')
  expect(said).toContain(`Try: ./alkhub call dev.desk.fs.read '{"path":"README.md"}'\n`)
})

test('where the result of the first call is not known, its line ends with the time', () => {
  expect(words(folder(), undefined)).toContain('dev.desk.fs.list answered in 13.0 ms.\n')
})
