import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseDocument } from '../../../from-openapi.ts'
import { DOCUMENTS } from '../import-report/documents.ts'
import { fuzzImports } from './run.ts'

const small = DOCUMENTS.filter(({ path }) => path.includes('fixtures'))

test('documents with random faults end in operations or in a refusal by name', async () => {
  const documents = await Promise.all(
    small.map(async ({ path }) => parseDocument(await readFile(path, 'utf8'))),
  )
  const { faults, operations, refusedOperations, refusedDocuments } = fuzzImports(
    documents,
    12,
    300,
  )
  expect(faults).toEqual([])
  expect(Math.min(operations, refusedOperations, refusedDocuments)).toBeGreaterThan(0)
}, 60_000)
