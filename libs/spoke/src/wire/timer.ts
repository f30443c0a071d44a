/** The maximum of a timer (24 days); longer waits are shortened to it. */
const longestMs = 2_147_483_647

/** A one-shot timer that does not fire at once when the milliseconds are over the maximum. */
export function after(ms: number, run: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(run, Math.min(Math.max(0, ms), longestMs))
}

/** Lets a process exit although the timer runs, on platforms with processes. */
export function inBackground(timer: ReturnType<typeof setTimeout>): void {
  if (typeof timer === 'object') timer.unref()
}
