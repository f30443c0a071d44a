import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { benchNames } from './bench-names.ts'
import { performancePage } from './performance-page.ts'
import { onlyKnown, readReport, resultsFolder } from './report.ts'
import type {
  ChaosRecord,
  LedgerTortureRecord,
  PlanTortureRecord,
  QueueTortureRecord,
  TortureRecord,
  WorkflowTortureRecord,
} from './torture-records.ts'

const page = new URL('../../docs/reference/performance.md', import.meta.url)

/** The page as the files in `results/` have it. */
export async function currentPage(): Promise<string> {
  const [torture = '', notes = ''] = await Promise.all(
    ['torture.json', 'notes.md'].map((name) => readFile(join(resultsFolder, name), 'utf8')),
  )
  const recorded = async <T>(name: string): Promise<T | undefined> => {
    const text = await readFile(join(resultsFolder, `torture-${name}.json`), 'utf8').catch(() => '')
    return text === '' ? undefined : (JSON.parse(text) as T)
  }
  const report = onlyKnown(await readReport(), await benchNames())
  const records = {
    calls: JSON.parse(torture) as TortureRecord,
    queue: await recorded<QueueTortureRecord>('queue'),
    ledger: await recorded<LedgerTortureRecord>('ledger'),
    workflow: await recorded<WorkflowTortureRecord>('workflow'),
    plan: await recorded<PlanTortureRecord>('plan'),
    chaos: await recorded<ChaosRecord>('chaos'),
    hosts: await recorded<ChaosRecord>('hosts'),
    pooler: await recorded<ChaosRecord>('pooler'),
    'queue-pooled': await recorded<QueueTortureRecord>('queue-pooled'),
  }
  return performancePage(report, records, notes)
}

export async function writePerformancePage(): Promise<void> {
  await writeFile(page, await currentPage())
}
