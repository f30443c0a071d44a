import { readFileSync, readdirSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** The longest time limit of a test is five minutes, and of a hook four. */
const STALL_MS = 8 * 60_000
const CHECK_MS = 15_000

interface Running {
  readonly name: string
  since: number
  test: string | undefined
}

/**
 * Ends what hangs, so that a run has an end and says where it stopped. The time limits of tests do not: they do not fire in an
 * endless loop, and there is none for the servers of a run.
 *
 * A file in which no test starts or ends for eight minutes: the guard prints its name and the test that runs, as far as the
 * worker has reported it, and kills the workers. Vitest counts their files as failed and goes on with the others. The whole
 * run, when nothing happens for eight minutes and no file runs, or nothing after the workers were killed: the process exits
 * with 1.
 */
export class StallGuard implements Reporter {
  readonly #stallMs: number
  readonly #running = new Map<string, Running>()
  #lastEvent = performance.now()
  #timer: NodeJS.Timeout | undefined

  /** `stallMs`: milliseconds without an event. */
  constructor(stallMs = STALL_MS) {
    this.#stallMs = stallMs
  }

  onInit(): void {
    this.#timer = setInterval(() => this.#check(), Math.min(CHECK_MS, this.#stallMs / 2))
    this.#timer.unref()
  }

  onTestModuleStart(module: TestModule): void {
    const name = `${module.project.name} ${module.relativeModuleId}`
    this.#lastEvent = performance.now()
    this.#running.set(module.id, { name, since: this.#lastEvent, test: undefined })
  }

  onTestCaseReady(test: TestCase): void {
    this.#note(test.module, test.fullName)
  }

  onTestCaseResult(test: TestCase): void {
    this.#note(test.module, undefined)
  }

  onTestModuleEnd(module: TestModule): void {
    this.#lastEvent = performance.now()
    this.#running.delete(module.id)
  }

  onTestRunEnd(): void {
    this.#lastEvent = performance.now()
    this.#running.clear()
  }

  #note(module: TestModule, test: string | undefined): void {
    this.#lastEvent = performance.now()
    const running = this.#running.get(module.id)
    if (running) Object.assign(running, { since: this.#lastEvent, test })
  }

  #check(): void {
    const now = performance.now()
    const stalled = [...this.#running.values()].filter(({ since }) => now - since > this.#stallMs)
    const isStill = now - this.#lastEvent > this.#stallMs
    if (stalled.length === 0 && !isStill) return
    const minutes = (this.#stallMs / 60_000).toFixed(1)
    for (const { name, test } of stalled)
      console.error(
        `Nothing has happened in ${name} for ${minutes} minutes (${test === undefined ? 'between two tests' : `in the test: ${test}`}). Its worker is killed.`,
      )
    for (const pid of workersOf(process.pid)) kill(pid)
    if (stalled.length === 0 || now - this.#lastEvent > 2 * this.#stallMs) {
      console.error(`The run does not go on for ${minutes} minutes. It ends here.`)
      process.exit(1)
    }
    for (const each of stalled) each.since = now
  }
}

/** Children that are workers of vitest. Linux only; elsewhere none is found, and the run ends as a whole. */
function workersOf(parent: number): number[] {
  const isWorker = (pid: string): boolean => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      return ppid === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('vitest')
    } catch {
      return false
    }
  }
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/u.test(name) && isWorker(name))
      .map(Number)
  } catch {
    return []
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}
