import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OperationRegistry } from './registry.ts'
import { scanOperations } from './scanner.ts'
import type { ScanProblem } from './scanner.ts'

let root = ''

const source = (name: string, more = ''): string =>
  `export default { namespace: 'n', name: '${name}', version: '1', type: 'query', description: '', inputSchema: {}, outputSchema: {}, accessControl: { requiredScopes: [] }${more} }\n`

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'scan-'))
  const files = {
    'package.json': '{"type":"module"}',
    'a.ts': source('a', ', handler: () => 7'),
    'with space.mjs': source('b'),
    'deep/c.js': source('c'),
    'deep/d.mts': source('d'),
    'a.test.ts': 'throw new Error("a test was imported")',
    'types.d.ts': 'throw new Error("a declaration was imported")',
    'notes.md': '',
    'broken.ts': 'throw new Error("broken")',
    'other.ts': 'export const a = 1',
    'wrong.ts': "export default { name: 'no good' }",
    'node_modules/x/x.js': 'throw new Error("a dependency was imported")',
    '.hidden/y.js': 'throw new Error("a hidden file was imported")',
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
})
afterAll(() => rm(root, { recursive: true }))

test('finds .ts, .mts, .js and .mjs, whatever their paths are called, and no tests or declarations (A15)', async () => {
  const problems: ScanProblem[] = []
  const operations = await scanOperations(root, undefined, {
    onProblem: (one) => problems.push(one),
  })
  expect(operations.map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'c', 'd'])
  expect(problems.map(({ path, kind }) => [path.slice(root.length + 1), kind])).toEqual([
    ['broken.ts', 'import'],
    ['other.ts', 'no-default-export'],
    ['wrong.ts', 'invalid'],
  ])
})

test('an address is made of any path, with characters that mean something in addresses (A15)', async () => {
  const folder = join(root, '.odd #1 %20')
  await mkdir(folder)
  await writeFile(join(folder, 'e #%41.mjs'), source('e'))
  // In Node itself: the test runner loads modules in its own way.
  const script = `const { scanOperations } = await import(${JSON.stringify(new URL('scanner.ts', import.meta.url).href)})
    console.log((await scanOperations(${JSON.stringify(folder)})).map(({ name }) => name).join())`
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    script,
  ])
  expect(stdout.trim()).toBe('e')
})

test('a handler comes with its spec, and can be registered (A15)', async () => {
  const registry = new OperationRegistry()
  registry.registerAll(await scanOperations(root, undefined, { onProblem: () => {} }))
  expect((await registry.execute('n.a', {})).data).toBe(7)
})

test('reads through the file system that it is given', async () => {
  const fs = {
    cwd: () => root,
    async *readdir(path: string) {
      yield* path.endsWith('deep') ? [{ name: 'c.js', isFile: true, isDirectory: false }] : []
    },
  }
  expect((await scanOperations('deep', fs)).map(({ name }) => name)).toEqual(['c'])
})

test('rejects for a folder that is not there and one without end', async () => {
  await expect(scanOperations(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  const fs = {
    cwd: () => root,
    async *readdir() {
      yield { name: 'more', isFile: false, isDirectory: true }
    },
  }
  await expect(scanOperations('.', fs)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
})
