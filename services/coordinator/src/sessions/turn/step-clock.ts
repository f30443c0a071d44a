import type { TurnRole } from './turn-role.ts'

/** Milliseconds that a call of the model or of a tool gets at least. */
const MIN_CALL_MS = 1000

/** The time that a turn, and the step that this process works on, have left. */
export class StepClock {
  readonly #turnMs: number
  /** Of the work on the turn. */
  readonly #workedMs: () => number
  #step: { readonly number: number; readonly sinceMs: number } | undefined

  /** `turnMs`: what a turn has without a role that says it. */
  constructor(turnMs: number, workedMs: () => number) {
    this.#turnMs = turnMs
    this.#workedMs = workedMs
  }

  /** This process works on the step, perhaps already: its time goes on. Time of a process that is gone does not count, nor do waits. */
  onStep(number: number): void {
    if (this.#step?.number !== number) this.#step = { number, sinceMs: this.#workedMs() }
  }

  /** The turn has had its time. */
  isOver({ turnMs = this.#turnMs }: TurnRole): boolean {
    return this.#workedMs() > turnMs
  }

  /** Milliseconds that a call may take: what the step has left, and at most what the turn has. */
  leftMs({ turnMs = this.#turnMs, stepMs = Infinity }: TurnRole): number {
    const worked = this.#workedMs()
    const ofStep = stepMs - (worked - (this.#step?.sinceMs ?? worked))
    return Math.max(MIN_CALL_MS, Math.min(turnMs - worked, ofStep))
  }
}
