import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { configReferencePage } from './reference-page.ts'

test('docs/reference/config.md is what the schemas say; `node libs/config/src/write-reference.ts` writes it', async () => {
  const page = await readFile(new URL('../../../docs/reference/config.md', import.meta.url), 'utf8')
  expect(page).toBe(configReferencePage())
})
