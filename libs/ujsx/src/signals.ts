import { Signal } from '@preact/signals-core'

export { batch, computed, effect, Signal, signal, untracked } from '@preact/signals-core'
export type { ReadonlySignal } from '@preact/signals-core'

/** Is the value a signal or a computed of this module instance? */
export function isSignal(value: unknown): value is Signal<unknown> {
  return value instanceof Signal
}
