import { evaluateCondition } from '../template/evaluate.ts'
import type { CallFailure, CallResult } from '../schema/attributes.ts'
import type { Guard } from '../template/attributes.ts'
import type { Results } from '../template/components.ts'
import type { StepState } from './step-state.ts'

/** What a run knows of results. */
export interface ResultLookup {
  /** The result of the step that a name stands for, if it is over. */
  resultOf(name: string, scope: string): CallResult | undefined
  /** The results of all steps before this one that are over. */
  before(step: StepState): Results
}

export type Decision = { readonly taken: boolean } | { readonly failure: CallFailure }

/** Outcomes of conditions. Each is decided once, when the first step of a branch could start, for both branches. */
export class Decisions {
  readonly #lookup: ResultLookup
  readonly #decided = new Map<string, boolean | CallFailure>()

  constructor(lookup: ResultLookup) {
    this.#lookup = lookup
  }

  /** Are all branches taken that the step stands in? */
  decide(step: StepState): Decision {
    for (const guard of step.guards) {
      const outcome = this.#outcome(guard, step)
      if (typeof outcome === 'object') return { failure: outcome }
      if (outcome === guard.negated) return { taken: false }
    }
    return { taken: true }
  }

  /** A result that conditions may have read has changed. */
  forget(): void {
    this.#decided.clear()
  }

  #outcome(guard: Guard, step: StepState): boolean | CallFailure {
    const known = this.#decided.get(guard.id)
    if (known !== undefined) return known
    const outcome = this.#evaluate(guard, step)
    this.#decided.set(guard.id, outcome)
    return outcome
  }

  #evaluate({ condition }: Guard, step: StepState): boolean | CallFailure {
    try {
      if (typeof condition === 'function') return condition(this.#lookup.before(step))
      return evaluateCondition(condition, (name) => this.#lookup.resultOf(name, step.scope))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { code: 'CONDITION_ERROR', message: `The condition of a branch threw: ${message}` }
    }
  }
}
