import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * Counts passed, failed and skipped tests; a file that does not load and an unhandled error count as failed. Lists the tests that
 * passed at the second try, each with the error of the first: every line is a fault of the test or of the hub. A parent with an IPC
 * channel (`alkhub test`) gets the counts as a message; otherwise they are the last line that is printed.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const second: string[] = []
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) {
      let failedHere = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (test.diagnostic()?.flaky) second.push(firstFailure(test))
        if (state === 'passed') count.passed += 1
        else if (state === 'failed') failedHere += 1
        else count.skipped += 1
      }
      if (failedHere === 0 && module.state() === 'failed') failedHere = 1
      count.failed += failedHere
    }
    if (second.length > 0)
      console.log(`\nPassed at the second try only (${second.length}):\n${second.join('\n')}\n`)
    if (process.send) {
      process.send(count)
      return
    }
    process.on('exit', () => {
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
    })
  }
}

function firstFailure(test: TestCase): string {
  const [error] = test.result().errors ?? []
  const { project, relativeModuleId } = test.module
  return `  ${project.name} ${relativeModuleId} > ${test.fullName}\n    ${error?.message ?? 'no error was reported'}`
}
