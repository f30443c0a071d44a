import { readFile } from 'node:fs/promises'
import { parseDocument } from '../../../from-openapi.ts'
import { DOCUMENTS } from '../import-report/documents.ts'
import { fuzzImports } from './run.ts'

/** Imports mutated documents: `[count] [seed]`, 20,000 and the clock's milliseconds unless given. Exits with 1 when one ends neither in operations nor in a refusal by name. */
const [, , count = '20000', seed = String(Date.now())] = process.argv
const documents: unknown[] = []
for (const { path } of DOCUMENTS) {
  const document = parseDocument(await readFile(path, 'utf8'))
  // Small documents more often: a fault in them is in every part of the import.
  for (let times = path.includes('fixtures') ? 10 : 1; times > 0; times--) documents.push(document)
}
process.stdout.write(`seed ${seed}\n`)
const { faults, ...result } = fuzzImports(documents, Number(seed), Number(count))
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
for (const { index, fault } of faults.slice(0, 20)) process.stdout.write(`${index}: ${fault}\n`)
if (faults.length > 0) process.exitCode = 1
