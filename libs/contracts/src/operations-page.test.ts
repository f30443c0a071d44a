import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { operationsPage } from './operations-page.ts'

test('docs/reference/operations.md is what the contracts say; `node libs/contracts/src/write-reference.ts` writes it', async () => {
  const page = await readFile(
    new URL('../../../docs/reference/operations.md', import.meta.url),
    'utf8',
  )
  expect(page).toBe(operationsPage())
})
