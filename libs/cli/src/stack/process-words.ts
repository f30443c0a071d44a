import type { LeftStack, StackState } from './lock.ts'
import { SUPERVISED_TIMING } from './supervised.ts'
import type { ProcessEnd, ProcessState } from './supervised.ts'

/**
 * How a process ended: its signal, its exit code, or why it did not start. Its last log line explains a failure; after a signal or exit
 * code 0 that line is not a reason, so it is only named as the last log line.
 */
export function endWords({ code, signal, words }: ProcessEnd): string {
  const how =
    signal !== null ? `signal ${signal}` : code === null ? 'it did not start' : `exit code ${code}`
  if (words === '') return how
  const line = words.replace(/\.+$/, '')
  const failed = signal === null && code !== 0
  return failed ? `${how}: ${line}` : `${how}; its last log line: ${line}`
}

/** What happened to a process of the stack and what happens next, as sentences; undefined when it has never ended. */
export function processWords(name: string, state: ProcessState): string | undefined {
  const { lastEnd, ends, nextStartAt } = state
  if (lastEnd === undefined) return undefined
  const times = ends === 1 ? 'once' : `${ends} times`
  const ended = `${name} ended at ${lastEnd.at} (${endWords(lastEnd)}), ${times} since the stack was started.`
  if (state.state === 'running') return `${ended} It runs again as process ${state.pid}.`
  const again = `The next start is at ${nextStartAt ?? 'once'}.`
  return state.state === 'failing' ? `${ended} It keeps failing. ${again}` : `${ended} ${again}`
}

/** True while a process is not running, and for a minute after it ended. */
export function isTroubled(state: ProcessState, now = Date.now()): boolean {
  if (state.state !== 'running') return true
  return (
    state.lastEnd !== undefined && now - Date.parse(state.lastEnd.at) < SUPERVISED_TIMING.healthyMs
  )
}

/** The remaining processes of a stack whose `up` was killed. */
export function leftWords({ state, processes }: LeftStack): string {
  const names = processes.map(({ name, pid }) => `${name} (process ${pid})`).join(', ')
  return `\`./alkhub up\` (process ${state.pid}) was killed. Without it nothing is restarted. Still ending: ${names}.\nThey end within seconds; \`./alkhub down\` waits for that.`
}

/** The last stack, which was not stopped, and what had ended in it before. */
export function killedWords({ pid, startedAt, processes }: StackState): string {
  const ends = Object.entries(processes ?? {}).flatMap(
    ([name, { lastEnd }]) =>
      (lastEnd && [`${name} had ended at ${lastEnd.at} (${endWords(lastEnd)}).`]) ?? [],
  )
  const what = `The last stack (process ${pid}, started at ${startedAt}) was not stopped: its \`up\` was killed, or the machine stopped. \`./alkhub logs\` shows what it said before.`
  return [what, ...ends].join('\n')
}
