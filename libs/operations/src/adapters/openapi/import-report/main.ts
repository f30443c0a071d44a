import { basename } from 'node:path'
import { DOCUMENTS } from './documents.ts'
import type { ReportedDocument } from './documents.ts'
import type { ImportMeasure } from './import-process.ts'
import { measureImport, tableOf } from './report.ts'

/** Prints what the import of each document comes to: the documents at the paths that are given, or those of `documents.ts`. */
const given: readonly ReportedDocument[] = process.argv
  .slice(2)
  .map((path) => ({ name: basename(path), path }))
const rows: { name: string; measure: ImportMeasure | string }[] = []
for (const document of given.length === 0 ? DOCUMENTS : given) {
  process.stderr.write(`${document.name}\n`)
  try {
    rows.push({ name: document.name, measure: await measureImport(document) })
  } catch (error) {
    process.exitCode = 1
    const { stderr } = error as { stderr?: unknown }
    const reason = /CallError: ([^\n]+)/.exec(typeof stderr === 'string' ? stderr : '')?.[1]
    rows.push({ name: document.name, measure: reason ?? String(error).slice(0, 300) })
  }
}
process.stdout.write(tableOf(rows))
