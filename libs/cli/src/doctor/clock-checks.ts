import { httpFetch } from '@alkdev/std/fetch'
import { note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

/** A clock that differs by less needs no attention. */
const MAX_SKEW_MS = 2000
const ANSWER_MS = 3000

/**
 * What the difference between a clock and that of this machine means. `skewMs` is positive when the other clock is ahead; the other one was read to
 * `exactMs` milliseconds.
 */
export function skewFinding(name: string, skewMs: number, exactMs: number): Finding {
  const check = `clock of ${name}`
  const ms = Math.round(Math.abs(skewMs))
  if (ms <= MAX_SKEW_MS + exactMs)
    return ok(check, `It agrees with this machine within ${Math.max(ms, exactMs)} ms.`)
  const seconds = (ms / 1000).toFixed(ms < 10_000 ? 1 : 0)
  return wrong(
    check,
    `It is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the clock of this machine.`,
    'Set both clocks from the same source (NTP), for instance with chrony or systemd-timesyncd.',
  )
}

/**
 * Reads another clock, and compares it with that of this machine. `read` gives milliseconds since the epoch, exact to `exactMs`; half of the time
 * that it takes is added to the error.
 */
export async function checkClock(
  name: string,
  read: () => Promise<number>,
  exactMs = 1,
): Promise<Finding> {
  const before = Date.now()
  const begunAt = performance.now()
  const atMs = await read()
  const halfMs = (performance.now() - begunAt) / 2
  // The clock of this machine in the middle of the reading.
  return skewFinding(name, atMs - (before + halfMs), Math.ceil(exactMs + halfMs))
}

/** The clock of a service, by the `date` of an answer, which has whole seconds. */
export async function checkServiceClock(name: string, url: string): Promise<Finding> {
  let text: string | null = null
  const finding = await checkClock(
    name,
    async () => {
      const response = await httpFetch(`${url}/livez`, { signal: AbortSignal.timeout(ANSWER_MS) })
      await response.body?.cancel()
      text = response.headers.get('date')
      // The middle of the second.
      return Date.parse(text ?? '') + 500
    },
    500,
  )
  return text === null ? note(finding.check, 'Its answers have no date.') : finding
}
