import type { Reporter, TestModule } from 'vitest/node'

/**
 * Counts passed, failed and skipped tests; a file that does not load and an unhandled error count as failed. A parent with an IPC
 * channel (`alkhub test`) gets the counts as a message; otherwise they are the last line that is printed.
 */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 }
    for (const module of modules) {
      let failedHere = 0
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed') count.passed += 1
        else if (state === 'failed') failedHere += 1
        else count.skipped += 1
      }
      if (failedHere === 0 && module.state() === 'failed') failedHere = 1
      count.failed += failedHere
    }
    if (process.send) {
      process.send(count)
      return
    }
    process.on('exit', () => {
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
    })
  }
}
