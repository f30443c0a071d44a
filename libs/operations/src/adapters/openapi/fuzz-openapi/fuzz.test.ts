import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseDocument } from '../../../from-openapi.ts'
import { DOCUMENTS } from '../import-report/documents.ts'
import { mutated } from './mutate.ts'
import { Random } from './random.ts'
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

test('the faults of a document follow from its seed, whatever documents were made before', () => {
  const document = { openapi: '3.1.0', paths: { '/a': { get: { parameters: [], responses: {} } } } }
  const make = (seed: number): string => JSON.stringify(mutated(document, new Random(seed)))
  const seeds = Array.from({ length: 2000 }, (_, at) => at)
  expect(seeds.map(make)).toEqual(seeds.map(make))
})
