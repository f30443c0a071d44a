import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { benchNames } from './bench-names.ts'
import { performancePage } from './performance-page.ts'
import type {
  ChaosRecord,
  LedgerTortureRecord,
  PlanTortureRecord,
  QueueTortureRecord,
  TortureRecord,
  WorkflowTortureRecord,
} from './performance-page.ts'
import { onlyKnown, readReport, resultsFolder } from './report.ts'

const page = new URL('../../docs/reference/performance.md', import.meta.url)

/** The page as the files in `results/` have it. */
export async function currentPage(): Promise<string> {
  const [torture = '', notes = ''] = await Promise.all(
    ['torture.json', 'notes.md'].map((name) => readFile(join(resultsFolder, name), 'utf8')),
  )
  const [queue = '', ledger = '', workflow = '', plan = '', chaos = ''] = await Promise.all(
    ['queue', 'ledger', 'workflow', 'plan', 'chaos'].map((name) =>
      readFile(join(resultsFolder, `torture-${name}.json`), 'utf8').catch(() => ''),
    ),
  )
  const report = onlyKnown(await readReport(), await benchNames())
  const records = {
    calls: JSON.parse(torture) as TortureRecord,
    queue: queue === '' ? undefined : (JSON.parse(queue) as QueueTortureRecord),
    ledger: ledger === '' ? undefined : (JSON.parse(ledger) as LedgerTortureRecord),
    workflow: workflow === '' ? undefined : (JSON.parse(workflow) as WorkflowTortureRecord),
    plan: plan === '' ? undefined : (JSON.parse(plan) as PlanTortureRecord),
    chaos: chaos === '' ? undefined : (JSON.parse(chaos) as ChaosRecord),
  }
  return performancePage(report, records, notes)
}

export async function writePerformancePage(): Promise<void> {
  await writeFile(page, await currentPage())
}
