import { vi } from 'vitest'

/** Milliseconds that a test waits for a condition. The default of Vitest, one second, is too short beside other tests. */
const PATIENCE_MS = 30_000
type Options = Parameters<typeof vi.waitFor>[1]
const mark = Symbol.for('alkhub.test.patient')

type Waits = Pick<typeof vi, 'waitFor' | 'waitUntil'> & { [mark]?: true }

// Files share no state in modules, and this file runs for each.
const waits = vi as Waits
if (waits[mark] !== true) {
  const { waitFor, waitUntil } = waits
  const patient = (options: Options = {}) =>
    typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options }
  Object.assign(waits, {
    [mark]: true,
    waitFor: <T>(callback: () => T, options: Options) => waitFor(callback, patient(options)),
    waitUntil: <T>(callback: () => T, options: Options) => waitUntil(callback, patient(options)),
  })
}
