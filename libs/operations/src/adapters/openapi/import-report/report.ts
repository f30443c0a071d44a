import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ReportedDocument } from './documents.ts'
import type { ImportMeasure } from './import-process.ts'

const MAX_IMPORT_MS = 120_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024
const run = promisify(execFile)

/** Imports a document in a process of its own. Rejects when it takes more than two minutes or ends with an error. */
export async function measureImport({ path }: ReportedDocument): Promise<ImportMeasure> {
  const file = fileURLToPath(new URL('import-process.ts', import.meta.url))
  const { stdout } = await run(process.execPath, [file, path], {
    timeout: MAX_IMPORT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  return JSON.parse(stdout) as ImportMeasure
}

const COLUMNS = [
  'document',
  'imported',
  'refused',
  'loosened',
  'seconds',
  'peak MB',
  'longest pause ms',
  'of it CPU ms',
]

/** The measures as a table in Markdown, with the reasons of refusals below it. */
export function tableOf(
  rows: readonly { readonly name: string; readonly measure: ImportMeasure | string }[],
): string {
  const lines = [`| ${COLUMNS.join(' | ')} |`, `|${COLUMNS.map(() => '---').join('|')}|`]
  const reasons: string[] = []
  for (const { name, measure } of rows) {
    if (typeof measure === 'string') {
      lines.push(`| ${name} | ${measure} |`)
      continue
    }
    lines.push(
      `| ${[
        name,
        measure.imported,
        measure.refused.length,
        measure.loosened,
        measure.seconds.toFixed(1),
        Math.round(measure.peakMegabytes),
        Math.round(measure.longestPauseMs),
        Math.round(measure.longestPauseCpuMs),
      ].join(' | ')} |`,
    )
    reasons.push(...measure.refused.map((reason) => `- ${name}: ${reason}`))
  }
  return [...lines, ...(reasons.length === 0 ? [] : ['', 'Refused:', '', ...reasons]), ''].join(
    '\n',
  )
}
