import { fork } from 'node:child_process'
import { once } from 'node:events'
import { END_WITH_PARENT } from './children.ts'
import type { Failure, Measurement } from './report.ts'

/** Runs a bench in a process of its own, which ends after `seconds`: then the outcome is a failure. */
export async function runBench(name: string, seconds: number): Promise<Measurement | Failure> {
  const child = fork(new URL('./run-one.ts', import.meta.url), [name], {
    execArgv: ['--import', END_WITH_PARENT],
  })
  let outcome: Measurement | Failure | undefined
  child.once('message', (sent) => {
    outcome = sent as Measurement | Failure
  })
  const timer = setTimeout(() => child.kill(), seconds * 1000)
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  clearTimeout(timer)
  if (outcome !== undefined) return outcome
  const message =
    signal === null ? `It ended with ${String(code)}.` : `It took longer than ${seconds} s.`
  return { at: new Date().toISOString(), message }
}
