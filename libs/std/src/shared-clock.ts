/** The instant that was read from the shared clock, and when it was read, by the monotonic clock of this process. */
let reading: { readonly atMs: number; readonly readAtMs: number } | undefined

/**
 * Milliseconds since the epoch, by the clock that all processes share: the one that `setSharedClock` was given the last reading of, carried on by the
 * monotonic clock, so that a jump of this machine's clock changes nothing. Before the first reading, the clock of this machine.
 */
export function sharedNow(): number {
  if (reading === undefined) return Date.now()
  return Math.floor(reading.atMs + performance.now() - reading.readAtMs)
}

/** Sets the shared clock to `atMs`, read when `performance.now()` was `readAtMs`. */
export function setSharedClock(atMs: number, readAtMs: number = performance.now()): void {
  reading = { atMs, readAtMs }
}

/** Milliseconds by which the clock of this machine is ahead of the shared one; 0 before the first reading. */
export function clockSkewMs(): number {
  return reading === undefined ? 0 : Date.now() - sharedNow()
}

/** Returns to the clock of this machine. */
export function clearSharedClock(): void {
  reading = undefined
}
