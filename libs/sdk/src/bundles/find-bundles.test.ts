import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundlesOf, COMPLETE, findBundles, sourceStamp } from './find-bundles.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'alkhub-bundles-'))
  write('pnpm-lock.yaml')
  for (const room of ['libs/a', 'services/b'])
    for (const file of ['package.json', 'src/main.ts']) write(`${room}/${file}`)
})
afterAll(() => rmSync(root, { recursive: true }))

function write(file: string, text = file): void {
  const path = join(root, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

test.each([
  ['a changed text', () => write('libs/a/src/main.ts', 'longer than before')],
  ['a text of the same length', () => utimesSync(join(root, 'libs/a/src/main.ts'), 1, 1)],
  ['a new file', () => write('services/b/src/deep/data.json')],
  ['other packages', () => write('pnpm-lock.yaml', 'other packages')],
  ['another manifest', () => write('libs/a/package.json', 'another manifest')],
])('%s gives another stamp', (_what, change) => {
  const before = sourceStamp(root)
  expect(sourceStamp(root)).toBe(before)
  change()
  expect(sourceStamp(root)).not.toBe(before)
})

test('tests, folders without a package and what is beside the sources do not change the stamp', () => {
  const before = sourceStamp(root)
  for (const file of ['libs/a/src/main.test.ts', 'libs/none/src/main.ts', 'libs/a/README.md'])
    write(file)
  expect(sourceStamp(root)).toBe(before)
})

test('bundles are found when they are complete and of the present sources', () => {
  const folder = join(root, 'bundles')
  expect(findBundles(root, folder)).toBeUndefined()
  const own = bundlesOf(folder, sourceStamp(root))
  mkdirSync(own, { recursive: true })
  expect(findBundles(root, folder)).toBeUndefined()
  writeFileSync(join(own, COMPLETE), '')
  expect(findBundles(root, folder)).toBe(own)
  write('libs/a/src/more.ts')
  expect(findBundles(root, folder)).toBeUndefined()
})
