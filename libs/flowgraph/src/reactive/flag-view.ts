import { signal } from '@preact/signals-core'
import type { ReadonlySignal } from '@preact/signals-core'
import type { Flags, StepState } from './step-state.ts'

/** One of two facts about each step as a signal, made when it is first asked for. */
export class FlagView implements ReadonlyMap<string, ReadonlySignal<boolean>> {
  readonly #steps: ReadonlyMap<string, StepState>
  readonly #flag: keyof Flags

  constructor(steps: ReadonlyMap<string, StepState>, flag: keyof Flags) {
    this.#steps = steps
    this.#flag = flag
  }

  get size(): number {
    return this.#steps.size
  }

  has(key: string): boolean {
    return this.#steps.has(key)
  }

  get(key: string): ReadonlySignal<boolean> | undefined {
    const step = this.#steps.get(key)
    return step === undefined ? undefined : this.#of(step)
  }

  keys(): MapIterator<string> {
    return this.#steps.keys()
  }

  *entries(): MapIterator<[string, ReadonlySignal<boolean>]> {
    for (const [key, step] of this.#steps) yield [key, this.#of(step)]
  }

  *values(): MapIterator<ReadonlySignal<boolean>> {
    for (const step of this.#steps.values()) yield this.#of(step)
  }

  [Symbol.iterator](): MapIterator<[string, ReadonlySignal<boolean>]> {
    return this.entries()
  }

  forEach(
    callback: (
      value: ReadonlySignal<boolean>,
      key: string,
      map: ReadonlyMap<string, ReadonlySignal<boolean>>,
    ) => void,
  ): void {
    for (const [key, value] of this.entries()) callback(value, key, this)
  }

  #of(step: StepState): ReadonlySignal<boolean> {
    step.flags ??= {
      preconditions: signal(step.pending === 0 && step.blockers === 0 && !step.undecided),
      blockedByFailure: signal(step.blockers > 0),
    }
    return step.flags[this.#flag]
  }
}
