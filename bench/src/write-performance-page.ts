import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { benchNames } from './bench-names.ts'
import { performancePage } from './performance-page.ts'
import type { TortureRecord } from './performance-page.ts'
import { onlyKnown, readReport, resultsFolder } from './report.ts'

const page = new URL('../../docs/reference/performance.md', import.meta.url)

/** The page as the files in `results/` have it. */
export async function currentPage(): Promise<string> {
  const [torture = '', notes = ''] = await Promise.all(
    ['torture.json', 'notes.md'].map((name) => readFile(join(resultsFolder, name), 'utf8')),
  )
  const report = onlyKnown(await readReport(), await benchNames())
  return performancePage(report, JSON.parse(torture) as TortureRecord, notes)
}

export async function writePerformancePage(): Promise<void> {
  await writeFile(page, await currentPage())
}
