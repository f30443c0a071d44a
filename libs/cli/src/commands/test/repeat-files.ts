interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The counts of a file with failed tests, and its path in the repository. */
export interface FailedFile extends Totals {
  readonly path: string
}

/** What one run of tests counted. */
export interface RunTotals extends Totals {
  /** The failed files that may run again: those of tests with servers and processes. */
  readonly repeatable?: readonly FailedFile[]
}

export interface Outcome {
  readonly code: number
  readonly totals: RunTotals
}

/** More failed files than that are no accident of a busy machine. */
const MOST_REPEATED = 5

/** The failed files when they may run again and nothing else failed: no unit test, no file beyond the limit, no error outside of tests. Else none. */
export function filesToRepeat(outcomes: readonly Outcome[]): readonly FailedFile[] {
  const files: FailedFile[] = []
  for (const { code, totals } of outcomes) {
    const own = totals.repeatable ?? []
    const failedInFiles = own.reduce((sum, { failed }) => sum + failed, 0)
    const otherFailure = failedInFiles !== totals.failed || (code !== 0 && own.length === 0)
    if (otherFailure) return []
    files.push(...own)
  }
  return files.length <= MOST_REPEATED ? files : []
}

/** The outcomes with what the repetition of the files counted in place of what their first run did. */
export function withRepetition(
  outcomes: readonly Outcome[],
  files: readonly FailedFile[],
  repetition: Outcome,
): readonly Outcome[] {
  const sum = sumOf(outcomes)
  const first = sumOf(files.map((totals) => ({ code: 0, totals })))
  const others: Outcome = {
    code: 0,
    totals: {
      passed: sum.passed - first.passed,
      failed: sum.failed - first.failed,
      skipped: sum.skipped - first.skipped,
    },
  }
  return [others, repetition]
}

export function sumOf(outcomes: readonly Outcome[]): Totals {
  const sum = (key: keyof Totals): number =>
    outcomes.reduce((total, { totals }) => total + totals[key], 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

/** The exit code: 0 when something passed and nothing failed, else 1. */
export function passedOrFailed(outcomes: readonly Outcome[]): 0 | 1 {
  const { passed, failed } = sumOf(outcomes)
  return outcomes.some(({ code }) => code !== 0) || failed > 0 || passed === 0 ? 1 : 0
}
