import { evaluateCondition } from '../template/evaluate.ts'
import { conditionSteps } from '../template/refs.ts'
import type { CallFailure, CallResult } from '../schema/attributes.ts'
import type { Guard } from '../template/attributes.ts'
import type { Results } from '../template/components.ts'
import type { StepState } from './step-state.ts'

/** What a run knows of results. */
export interface ResultLookup {
  /** The result of the step that a name stands for, if it is over. */
  resultOf(name: string, scope: string): CallResult | undefined
  stepOf(name: string, scope: string): StepState | undefined
  /** Every step before this one. */
  stepsBefore(step: StepState): Iterable<StepState>
  /** Every step before the Conditional of one of the step's guards: those that it follows or that conditions around it name, and those before them. */
  stepsBeforeGuard(step: StepState, guard: Guard): Iterable<StepState>
  resultsOf(steps: Iterable<StepState>): Results
  /** The results of all steps before this one that are over. */
  before(step: StepState): Results
}

/** `missing`: a step that is not over, without which it can't be said. */
export type Decision =
  | { readonly taken: boolean }
  | { readonly failure: CallFailure }
  | { readonly missing: StepState }

/**
 * Outcomes of conditions. Each is decided once, for both branches, when everything is over that it names; a function reads the results of all steps before its Conditional.
 * So an outcome never depends on the order in which things happened.
 */
export class Decisions {
  readonly #lookup: ResultLookup
  readonly #decided = new Map<string, boolean | CallFailure>()

  constructor(lookup: ResultLookup) {
    this.#lookup = lookup
  }

  /** Are all branches taken that the step stands in? */
  decide(step: StepState): Decision {
    for (const guard of step.guards) {
      const missing = this.#decided.has(guard.id) ? undefined : this.#missing(guard, step)
      if (missing !== undefined) return { missing }
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

  /** The first step that has to be over before the condition can be judged. */
  #missing(guard: Guard, step: StepState): StepState | undefined {
    if (typeof guard.condition === 'function')
      return firstOpen(this.#lookup.stepsBeforeGuard(step, guard))
    for (const name of conditionSteps(guard.condition)) {
      const named = this.#lookup.stepOf(name, guard.scope ?? '')
      if (named !== undefined && !named.settled && !isAfter(named, step)) return named
    }
    return undefined
  }

  #outcome(guard: Guard, step: StepState): boolean | CallFailure {
    const known = this.#decided.get(guard.id)
    if (known !== undefined) return known
    const outcome = this.#evaluate(guard, step)
    this.#decided.set(guard.id, outcome)
    return outcome
  }

  #evaluate(guard: Guard, step: StepState): boolean | CallFailure {
    const { condition, scope = '' } = guard
    try {
      if (typeof condition === 'function') {
        const before = this.#lookup.stepsBeforeGuard(step, guard)
        return condition(this.#lookup.resultsOf(before))
      }
      return evaluateCondition(condition, (name) => this.#lookup.resultOf(name, scope))
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { code: 'CONDITION_ERROR', message: `The condition of a branch threw: ${message}` }
    }
  }
}

/** The first of the steps that is not over. */
export function firstOpen(steps: Iterable<StepState>): StepState | undefined {
  for (const step of steps) if (!step.settled) return step
  return undefined
}

/** Does a step wait for the other one? Only in a graph that was made by hand a condition may name such a step. */
function isAfter(step: StepState, other: StepState): boolean {
  if (other.guards.every((guard) => guard.byHand !== true)) return false
  const seen = new Set([other])
  const pending = [other]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at === step) return true
    for (const { step: next } of at.successors) {
      if (seen.has(next)) continue
      seen.add(next)
      pending.push(next)
    }
  }
  return false
}
