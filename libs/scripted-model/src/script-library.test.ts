import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ScriptLibrary } from './script-library.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scripts-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (text: string): void => writeFileSync(join(folder, 'own.yaml'), text)

test('scripts of a folder are added to those that come with the hub, and count before them', async () => {
  write(
    'models: { demo: { turns: [{ steps: [{ say: own }] }] }, mine: { turns: [{ steps: [{}] }] } }',
  )
  const library = new ScriptLibrary(folder)
  const scripts = await library.read()
  expect(scripts.get('demo')?.turns[0]?.steps).toEqual([{ say: 'own' }])
  expect(scripts.has('mine')).toBe(true)
  expect(scripts.has('flood')).toBe(true)
  expect((await new ScriptLibrary(join(folder, 'none')).read()).has('demo')).toBe(true)
  write('models: { other: { turns: [{ steps: [{ say: changed }] }] } }')
  const changed = await library.read()
  expect(changed.has('mine')).toBe(false)
  expect(changed.has('other')).toBe(true)
})

test.each([
  ['models: [', 'own.yaml'],
  ['models: { x: { turns: [] } }', '/models/x/turns'],
  ['models: { x: { turns: [{ steps: [{ sya: x }] }] } }', '/models/x/turns/0/steps/0'],
  ['models: { X: { turns: [{ steps: [{}] }] } }', '/models'],
  ["models: { x: { turns: [{ when: '(', steps: [{}] }] } }", 'no RE2 pattern'],
  [`models: { x: ${'['.repeat(5000)}${']'.repeat(5000)} }`, 'nested'],
  ['a: &a [x]\nmodels: *a', 'own.yaml'],
])('invalid script %# is refused with its place', async (text, place) => {
  write(text)
  await expect(new ScriptLibrary(folder).read()).rejects.toThrow(place)
})
