import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostFacts } from './host-facts.ts'
import type { Row } from './row.ts'

/** What a bench measured when it last ended well. */
export interface Measurement {
  /** When it ended, ISO 8601. */
  readonly at: string
  readonly machine: HostFacts
  readonly rows: readonly Row[]
}

/** The last run of a bench, when that one failed. */
export interface Failure {
  readonly at: string
  readonly message: string
}

/** `results/latest.json`: of each bench the latest measurement, and the failure that came after it, if one did. */
export interface Report {
  readonly results: Readonly<Record<string, Measurement>>
  readonly failures: Readonly<Record<string, Failure>>
}

export const resultsFolder = join(import.meta.dirname, '../results')
const file = join(resultsFolder, 'latest.json')

/** The report with the outcome of one more run: a failure leaves the former measurement, a measurement ends the failure. */
export function withOutcome(report: Report, name: string, outcome: Measurement | Failure): Report {
  const { [name]: _, ...failures } = report.failures
  if ('message' in outcome)
    return { results: report.results, failures: sorted({ ...failures, [name]: outcome }) }
  return { results: sorted({ ...report.results, [name]: outcome }), failures }
}

/** Without benches that are no more. */
export function onlyKnown({ results, failures }: Report, names: readonly string[]): Report {
  const known = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
  return { results: known(results), failures: known(failures) }
}

function sorted<T>(all: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => a.localeCompare(b)))
}

/** An empty one when nothing has been measured yet. */
export async function readReport(): Promise<Report> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{"results":{},"failures":{}}'
    throw error
  })
  return JSON.parse(text) as Report
}

/** Whole or not at all: a bench that is stopped does not lose what was measured before. */
export async function writeReport(report: Report): Promise<void> {
  await mkdir(resultsFolder, { recursive: true })
  const unfinished = join(resultsFolder, 'latest.tmp.json')
  await writeFile(unfinished, `${JSON.stringify(report, null, 2)}\n`)
  await rename(unfinished, file)
}
