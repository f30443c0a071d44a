import type { Reporter, TestCase, TestModule } from 'vitest/node'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** A file with failed tests whose project tries failed tests twice. `path` begins at the root of the repository. */
interface FailedFile extends Counts {
  readonly path: string
}

/**
 * Counts passed, failed and skipped tests; a file that does not load and an unhandled error count as failed. Lists the tests that
 * passed at the second try, each with the error of the first: every line is a fault of the test or of the hub. A parent with an IPC
 * channel (`alkhub test`) gets a message with the counts, and as `repeatable` the failed files whose tests may run again; otherwise the
 * counts are the last line that is printed.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const second: string[] = []
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    const repeatable: FailedFile[] = []
    for (const module of modules) {
      const here = countsOf(module)
      for (const test of module.children.allTests())
        if (test.diagnostic()?.flaky) second.push(firstFailure(test))
      count.passed += here.passed
      count.failed += here.failed
      count.skipped += here.skipped
      if (here.failed > 0 && Number(module.project.config.retry) > 0)
        repeatable.push({ path: module.relativeModuleId, ...here })
    }
    if (second.length > 0)
      console.log(`\nPassed at the second try only (${second.length}):\n${second.join('\n')}\n`)
    if (process.send) {
      process.send({ ...count, repeatable })
      return
    }
    process.on('exit', () => {
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
    })
  }
}

/** A file that failed without a failed test (it does not load, or a hook failed) counts as one. */
function countsOf(module: TestModule): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'passed') counts.passed += 1
    else if (state === 'failed') counts.failed += 1
    else counts.skipped += 1
  }
  if (counts.failed === 0 && module.state() === 'failed') counts.failed = 1
  return counts
}

function firstFailure(test: TestCase): string {
  const [error] = test.result().errors ?? []
  const { project, relativeModuleId } = test.module
  return `  ${project.name} ${relativeModuleId} > ${test.fullName}\n    ${error?.message ?? 'no error was reported'}`
}
