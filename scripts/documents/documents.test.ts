import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { checkCommands } from './commands.ts'
import { changedDays } from './changed-days.ts'
import { checkFrontMatter } from './front-matter.ts'
import { checkNamedFiles } from './named-files.ts'
import { checkLinks } from './links.ts'
import { readRepository } from './read-repository.ts'
import type { Repository } from './read-repository.ts'
import { checkRequiredPages } from './required-pages.ts'
import { checkSanitised, hashOfWord } from './sanitised.ts'
import { checkTaskFiles } from './task-files.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A repository with these files. */
function repositoryWith(files: Readonly<Record<string, string>>): Repository {
  const root = mkdtempSync(join(tmpdir(), 'documents-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return readRepository(root)
}

const NOW = Date.parse('2026-11-29T12:00:00Z')
const frontMatter = (text: string): string[] =>
  checkFrontMatter(repositoryWith({ 'docs/architecture/storage/a.md': text }), NOW)

test('a page of docs/architecture needs front matter with a known status and a date', () => {
  expect(frontMatter('---\nstatus: stable\nlast_updated: 2026-11-29\n---\n\n# A\n')).toEqual([])
  expect(frontMatter('# A\n')).toEqual([expect.stringContaining('begin with front matter')])
  expect(frontMatter('---\nstatus: done\nlast_updated: 2026-02-30\n---\n')).toEqual([
    expect.stringContaining('status is done'),
    expect.stringContaining('last_updated is 2026-02-30: use a date'),
  ])
  expect(frontMatter('---\n---\n')).toEqual([
    expect.stringContaining('status is missing'),
    expect.stringContaining('last_updated is missing'),
  ])
  expect(frontMatter('---\nstatus: draft\nlast_updated: 2027-01-01\n---\n')).toEqual([
    expect.stringContaining('in the future'),
  ])
})

test('last_updated is the day on which the page was last changed, or the day before', () => {
  const path = 'docs/architecture/a.md'
  const repository = repositoryWith({
    [path]: '---\nstatus: stable\nlast_updated: 2026-11-27\n---\n',
  })
  const changedOn = (day: string): string[] =>
    checkFrontMatter(repository, NOW, new Map([[path, day]]))
  expect(changedOn('2026-11-20')).toEqual([])
  expect(changedOn('2026-11-28')).toEqual([])
  expect(changedOn('2026-11-29')).toEqual([
    `${path}: last_updated is 2026-11-27, but the page was changed on 2026-11-29`,
  ])
})

test('the day of the last change comes from the history, and is unknown without one', () => {
  const root = mkdtempSync(join(tmpdir(), 'alkhub-days-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const git = (...args: readonly string[]) =>
    execFileSync('git', [
      '-C',
      root,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@example.com',
      ...args,
    ])
  expect(changedDays(root, 'docs')).toEqual(new Map())
  git('init', '--quiet')
  mkdirSync(join(root, 'docs'))
  for (const [day, page] of [
    ['2026-11-20', 'a'],
    ['2026-11-21', 'b'],
    ['2026-11-22', 'a'],
  ] as const) {
    writeFileSync(join(root, 'docs', `${page}.md`), day)
    git('add', '--all')
    git('commit', '--quiet', '--message', day, '--date', `${day}T12:00:00Z`)
  }
  expect(changedDays(root, 'docs')).toEqual(
    new Map([
      ['docs/a.md', '2026-11-22'],
      ['docs/b.md', '2026-11-21'],
    ]),
  )
})

test('files of a tree, and source files in sentences, that do not exist are found', () => {
  const page = [
    'It is in `queue.ts`, tested by `libs/a/src/queue.test.ts` and `gone.test.ts`.',
    '',
    '```',
    'libs/a/src/',
    '  queue.ts    accepts calls',
    '  moved.ts    was here',
    '  deep/       what is deep',
    '    one.ts    one',
    '    two.ts    two',
    'libs/b/src/   another package',
    '```',
  ].join('\n')
  const repository = repositoryWith({
    'docs/architecture/a.md': page,
    'docs/decisions/0001-a.md': 'It was in `gone.ts`.',
    'libs/a/src/queue.ts': '',
    'libs/a/src/queue.test.ts': '',
    'libs/a/src/deep/one.ts': '',
  })
  expect(checkNamedFiles(repository)).toEqual(
    ['libs/a/src/moved.ts', 'libs/a/src/deep/two.ts', 'libs/b/src', 'gone.test.ts'].map(
      (missing) => `docs/architecture/a.md: names ${missing}, which does not exist`,
    ),
  )
})

test('the pages that readers are promised are there, and one that is missing is reported', () => {
  const whole = readRepository(fileURLToPath(new URL('../..', import.meta.url)))
  expect(checkRequiredPages(whole)).toEqual([])
  const without = {
    ...whole,
    files: whole.files.filter((path) => !/origin\/00[12]-|use-one-clock/.test(path)),
    has: (path: string) => path !== 'docs/architecture/gateway.md' && whole.has(path),
    read: (path: string) => whole.read(path)?.replace('| 005 | not known |', ''),
  }
  expect(checkRequiredPages(without)).toEqual([
    'docs/architecture/gateway.md: the page is missing',
    'docs/decisions/origin/: 0 pages of decision 001',
    'docs/decisions/origin/: 0 pages of decision 002',
    'docs/decisions/origin/README.md: must say that 005 is not known',
    'tasks/architecture/storage/: has 55 files, 56 tasks were settled',
  ])
})

test('links to files, folders and headings that do not exist are reported', () => {
  const faults = checkLinks(
    repositoryWith({
      'docs/a.md': [
        '# First *part*: `x.y` & more',
        '## Twice',
        '## Twice',
        '[ok](b.md) [ok](b.md#some-words) [ok](#twice-1) [ok](#first-part-xy--more) [ok](..) [ok](<b.md>)',
        '[ok](https://example.com/none.md) ![gone](picture.png)',
        '[gone](c.md) [gone](B.md) [gone](b.md#none) [gone](#twice-2)',
        '[reference]: ./none.md',
        '```md\n[in a block](none.md)\n```',
        'code: `[in code](none.md)`',
      ].join('\n'),
      'docs/b.md': '# Title\n### Some words\n',
      'src/x.ts': "const fix = 'Read docs/b.md, docs/gone.md.'",
    }),
  )
  expect(faults).toEqual([
    'docs/a.md:5: picture.png does not exist',
    'docs/a.md:6: c.md does not exist',
    'docs/a.md:6: B.md does not exist',
    'docs/a.md:6: docs/b.md has no heading #none',
    'docs/a.md:6: docs/a.md has no heading #twice-2',
    'docs/a.md:7: ./none.md does not exist',
    'src/x.ts: names docs/gone.md, which does not exist',
    'docs/a.md: no other page links to it',
  ])
})

test.each([
  ['the word is host-a7', 2],
  ['HOST-A7', 2],
  ['a part: web-hosta7-1', 2],
  ['cd /private-root/x', 2],
  ['the folder src/private-root/x', undefined],
  ['host-a77 is another word', undefined],
])('private words are found by their hash: %s', (text, line) => {
  const words = new Set(['host-a7', 'hosta7', '/private-root/'].map(hashOfWord))
  const faults = checkSanitised(repositoryWith({ 'notes.md': `\n${text}` }), words)
  expect(faults).toEqual(
    line === undefined
      ? []
      : [`notes.md:${line}: a word that must not appear here (decision 0268)`],
  )
})

test('a private word in the name of a file is found', () => {
  const words = new Set([hashOfWord('hosta7')])
  expect(checkSanitised(repositoryWith({ 'hosta7.md': '' }), words)).toEqual([
    'hosta7.md: a word that must not appear here (decision 0268)',
  ])
})

/** Joined, so that this file contains none of them. */
const join2 = (...parts: string[]): string => parts.join('')

test.each([
  [join2('10.', '20.30.40')],
  [join2('http://172.', '20.0.5:80')],
  [join2('192.', '168.7.1/24')],
  [join2('100.', '64.0.9')],
  [join2('fd', '12:3456:789a::1')],
])('an address of a private network is found: %s', (text) => {
  expect(checkSanitised(repositoryWith({ 'a.yml': text }), new Set())).toEqual([
    expect.stringContaining('a.yml:1: an address of a private network'),
  ])
})

test.each([
  [join2('alk', '_abcdefghijABCDEFGHIJ1234')],
  [join2('gh', 'p_abcdefghijABCDEFGHIJ1234')],
  [join2('sk', '-abcdefghijABCDEFGHIJ1234')],
  [join2('AKIA', 'ABCDEFGHIJ123456')],
  [join2('-----BEGIN ', 'PRIVATE KEY-----\n', 'A'.repeat(64))],
  [join2('postgres://hub:', 'correct-horse@db.company.io/hub')],
])('what looks like a credential is found: %s', (text) => {
  expect(checkSanitised(repositoryWith({ 'a.ts': text }), new Set())).toHaveLength(1)
})

test.each([
  '192.0.2.7, 127.0.0.1, 8.8.8.8, 1.10.2.3.4 and version 10.4.0',
  'postgres://user:password@host:5432/hub and https://a:planted-1@api.example.com',
  'alk_short, sk-... and eyJhbGciOiJIUzI1NiJ9',
])('documentation addresses and placeholders are allowed: %s', (text) => {
  expect(checkSanitised(repositoryWith({ 'a.md': text }), new Set())).toEqual([])
})

const page = '### up\n#### keys create\n### spoke\n'

test('commands, scripts and programs that do not exist are reported, in sentences and blocks', () => {
  const faults = checkCommands(
    repositoryWith({
      'docs/reference/commands.md': page,
      'package.json': '{"scripts":{"bench":"x"}}',
      'libs/cli/src/main.ts': '',
      'libs/sdk/src/bundles/programs.ts': [
        'export const IMAGE_PROGRAMS: BundledPrograms = {',
        '  programs: {',
        '    ...SERVICES,',
        '    init: `${ADMIN}/init-main.ts`,',
        "    'first-key': `${ADMIN}/bootstrap-main.ts`,",
        '  },',
        '}',
      ].join('\n'),
      'docs/a.md': [
        'Use `./alkhub up`, `alkhub keys create x`, `alkhub spoke init` and `npm run bench -- a`.',
        'Not `./alkhub upp`, `alkhub keys make`, `npm run benches` or `node libs/none/main.ts`.',
        'A program of the reader: `node spoke.js`. A group: `alkhub keys`.',
        'In the image: `node programs/first-key.js`, not `node programs/none.js`.',
      ].join('\n'),
      'docs/b.md': '```sh\n# a comment about ./alkhub none\ncd x && ./alkhub gone\n```\n',
      'b.test.ts': 'docs/b.md',
    }),
    { 'docs/b.md': { test: 'b.test.ts', names: 'docs/b.md' } },
  )
  expect(faults).toEqual([
    'docs/a.md:2: there is no command `alkhub upp`',
    'docs/a.md:2: there is no command `alkhub keys make`',
    'docs/a.md:2: there is no script benches in package.json',
    'docs/a.md:2: libs/none/main.ts does not exist',
    'docs/a.md:4: programs/none.js does not exist',
    'docs/b.md:3: there is no command `alkhub gone`',
  ])
})

test('a document whose commands no test runs is reported, and a list of tests that is out of date', () => {
  const block = '```sh\ncurl -f http://127.0.0.1/\n```\n'
  const faults = checkCommands(
    repositoryWith({
      'docs/reference/commands.md': page,
      'docs/new.md': block,
      'docs/moved.md': block,
      'docs/unnamed.md': block,
      'docs/old.md': '# Without commands\n',
      'x.test.ts': "follow('moved')",
    }),
    {
      'docs/moved.md': { test: 'x.test.ts', names: 'moved', except: { 'docker ': 'no engine' } },
      'docs/unnamed.md': { test: 'x.test.ts', names: 'unnamed' },
      'docs/old.md': { test: 'gone.test.ts', names: 'old' },
    },
  )
  expect(faults.toSorted()).toEqual([
    'docs/moved.md: has no command that begins with `docker `',
    expect.stringMatching(/^docs\/new\.md: no test runs its commands/),
    'docs/unnamed.md: x.test.ts does not name it',
    'tested-documents.ts: docs/old.md has no commands',
  ])
})

test('task files whose status does not agree with criteria, dependencies or references are reported', () => {
  const task = (status: string, box: string, more = ''): string =>
    `---\nid: x\nstatus: ${status}\ndepends_on:\n  - b\n---\n\n- [${box}] One\n${more}`
  const faults = checkTaskFiles(
    repositoryWith({
      'tasks/a.md': task('completed', ' '),
      'tasks/b.md': task('pending', 'x'),
      'tasks/c.md': task('pending', ' ', '## References\n\n- tasks/a.md\n- libs/gone.ts\n'),
      'tasks/d.md': '---\nstatus: pending\n---\n',
    }),
  )
  expect(faults).toEqual([
    'tasks/a.md: is completed and has an open criterion',
    'tasks/a.md: is completed, but depends on b, which is not',
    'tasks/b.md: is not completed and has no open criterion',
    'tasks/c.md: refers to libs/gone.ts, which does not exist',
    'tasks/d.md: has no acceptance criteria',
  ])
})
