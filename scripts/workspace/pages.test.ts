import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkDecisions } from './decisions.ts'
import { forbidden } from './law.ts'
import type { SourceFile, WorkspacePackage } from './package-files.ts'
import { checkPackagesPage, usedBy, writePackagesPage } from './packages-page.ts'
import { checkStorageExports } from './storage-exports.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder with the files. */
function rootWith(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'workspace-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function packageOf(folder: string, files: readonly SourceFile[] = []): WorkspacePackage {
  const room = folder.split('/').at(-1) ?? ''
  return { folder, room, manifest: { name: `@alkdev/${room}` }, references: [], files }
}

const importing = (path: string, name: string, test = false): SourceFile => ({
  path,
  test,
  imports: [name],
})

test('the users of a package are listed in the order of the layers, without tests', () => {
  const packages = [
    packageOf('libs/cli', [importing('a.ts', '@alkdev/bus')]),
    packageOf('libs/service', [importing('b.ts', '@alkdev/bus')]),
    packageOf('services/mcp', [importing('c.test.ts', '@alkdev/bus', true)]),
    packageOf('test', [importing('d.ts', '@alkdev/bus')]),
    packageOf('libs/bus'),
  ]
  expect(usedBy(packages, '@alkdev/bus')).toBe('service, cli')
  expect(usedBy(packages, '@alkdev/cli')).toBe('no other package')
})

test('a packages page whose column "used by" is wrong, or that lacks a package, is reported', () => {
  const page = '| 2 | [bus](../../libs/bus) | calls | gateway |\n'
  const root = rootWith({ 'docs/architecture/packages.md': page })
  const packages = [packageOf('libs/bus'), packageOf('libs/queue')]
  expect(checkPackagesPage(root, packages)).toEqual([
    expect.stringContaining('libs/queue is missing'),
    expect.stringContaining('"used by" is wrong'),
  ])
  writePackagesPage(root, packages)
  expect(checkPackagesPage(root, packages)).toEqual([
    expect.stringContaining('libs/queue is missing'),
  ])
})

test('an export of storage that no package imports and no page names is reported', () => {
  const root = rootWith({
    'libs/storage/package.json': JSON.stringify({
      exports: {
        '.': './src/index.ts',
        './queue': './src/queue.ts',
        './tables': './src/tables.ts',
      },
    }),
    'libs/storage/src/index.ts':
      "export { a, b, c } from './a.ts'\nexport type { D } from './a.ts'\n",
    'libs/storage/src/queue.ts': "export { e, f } from './e.ts'\n",
    'docs/architecture/storage/README.md': 'Call `b(db)`, and not c.',
    'libs/bus/src/x.ts':
      "import { a } from '@alkdev/storage'\nimport { e } from '@alkdev/storage/queue'\n",
  })
  const packages = [packageOf('libs/bus', [importing('libs/bus/src/x.ts', '@alkdev/storage')])]
  expect(
    checkStorageExports(root, packages).map((line) => /imports (\w+)/.exec(line)?.[1]),
  ).toEqual(['c', 'D', 'f'])
})

test('two decisions of one number, and a heading with another number, are reported', () => {
  const root = rootWith({
    'docs/decisions/0001-a.md': '# 0001: A',
    'docs/decisions/0001-b.md': '# 0001: B',
    'docs/decisions/0002-c.md': '# 0003: C',
  })
  expect(checkDecisions(root)).toEqual([
    expect.stringContaining('0001-a.md and 0001-b.md'),
    expect.stringContaining('0002-c.md'),
  ])
})

test('an app imports contracts and no server code, and nothing imports an app', () => {
  expect(forbidden('console', 'contracts', false)).toBeUndefined()
  expect(forbidden('console', 'storage', false)).toContain('over HTTP')
  expect(forbidden('console', 'bus', true)).toContain('over HTTP')
  expect(forbidden('gateway', 'console', false)).toBe('nothing imports an app')
})
