import { compact } from '@alkdev/std'
import { outputOfRun } from './map-run.ts'
import { stepsBefore, stepsBeforeGuard } from './steps-before.ts'
import type { CallResult } from '../schema/attributes.ts'
import type { Guard } from '../template/attributes.ts'
import type { Results } from '../template/components.ts'
import type { StepNames } from '../template/step-names.ts'
import type { ResultLookup } from './decisions.ts'
import type { StepState } from './step-state.ts'

/** The results of the steps of a run, as conditions, inputs and callers see them. */
export class StepResults implements ResultLookup {
  readonly steps: ReadonlyMap<string, StepState>
  readonly #names: StepNames
  readonly #unwrap: (output: unknown) => unknown

  /** `unwrap`: from the output of a call to the output that is shown. */
  constructor(
    steps: ReadonlyMap<string, StepState>,
    names: StepNames,
    unwrap: (output: unknown) => unknown,
  ) {
    this.steps = steps
    this.#names = names
    this.#unwrap = unwrap
  }

  /** The result of a step in its present state; its output is `undefined` before there is one. */
  result(step: StepState): CallResult {
    const { status, current } = step
    const error =
      status === 'failed' || status === 'aborted' ? (current?.error ?? step.failure) : undefined
    return { status, output: this.#outputOf(step), ...compact({ error }) }
  }

  #outputOf(step: StepState): unknown {
    if (step.status === 'skipped') return undefined
    const { current, run } = step
    if (run !== undefined) return outputOfRun(run, (each) => this.result(each).output)
    return current?.output === undefined ? undefined : this.#unwrap(current.output)
  }

  stepOf(name: string, scope: string): StepState | undefined {
    return this.steps.get(this.#names.resolve(name, scope) ?? '')
  }

  resultOf(name: string, scope: string): CallResult | undefined {
    const step = this.stepOf(name, scope)
    return step?.settled === true ? this.result(step) : undefined
  }

  stepsBefore(step: StepState): Iterable<StepState> {
    return stepsBefore(step)
  }

  stepsBeforeGuard(step: StepState, guard: Guard): Iterable<StepState> {
    return stepsBeforeGuard(step, guard, this)
  }

  resultsOf(steps: Iterable<StepState>): Results {
    const results = Object.create(null) as Record<string, CallResult>
    for (const step of steps) if (step.settled) results[step.key] = this.result(step)
    for (const [alias, key] of this.#names.aliases()) {
      const result = results[key]
      if (result !== undefined && results[alias] === undefined) results[alias] = result
    }
    return results
  }

  before(step: StepState): Results {
    return this.resultsOf(this.stepsBefore(step))
  }
}
