/** What timers can take; longer waits are cut to it (24 days). */
const longestMs = 2_147_483_647

/** A one-shot timer that no number of milliseconds makes fire at once by accident. */
export function after(ms: number, run: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(run, Math.min(Math.max(0, ms), longestMs))
}

/** Lets a process end although the timer runs, where there are processes. */
export function inBackground(timer: ReturnType<typeof setTimeout>): void {
  if (typeof timer === 'object') timer.unref()
}
