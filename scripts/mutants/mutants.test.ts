import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { MUTANTS } from './mutants.ts'
import { mutate } from './mutate.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test.each(MUTANTS)('the source still has the rule: $rule', (mutant) => {
  const source = readFileSync(join(root, mutant.file), 'utf8')
  expect(mutate(source, mutant)).not.toBe(source)
})

test('each rule is listed once', () => {
  expect(new Set(MUTANTS.map(({ rule }) => rule)).size).toBe(MUTANTS.length)
})
