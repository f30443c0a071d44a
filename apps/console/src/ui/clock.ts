import { signal } from '@preact/signals'

const EVERY_MS = 1000

/** The time, for ages; it changes every second while the page is visible. */
export const nowMs = signal(Date.now())

export function startClock(): void {
  setInterval(() => {
    if (document.visibilityState === 'visible') nowMs.value = Date.now()
  }, EVERY_MS)
}
