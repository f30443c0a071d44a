import { conditionSteps } from '../template/refs.ts'
import type { Guard } from '../template/attributes.ts'
import type { StepState } from './step-state.ts'

interface Steps {
  readonly steps: ReadonlyMap<string, StepState>
  stepOf(name: string, scope: string): StepState | undefined
}

/** Every step before this one. */
export function stepsBefore(step: StepState): Iterable<StepState> {
  return closureOf(nearBefore(step), step)
}

/** Every step before the Conditional of one of the step's guards: those that it follows or that conditions around it name, and those before them. */
export function stepsBeforeGuard(step: StepState, guard: Guard, run: Steps): Iterable<StepState> {
  if (guard.byHand === true) return stepsBefore(step)
  const near = step.owner === undefined ? [] : nearBefore(step.owner)
  const at = step.guards.findIndex((each) => each.id === guard.id)
  const add = (found: StepState | undefined): void => {
    if (found !== undefined) near.push(found)
  }
  for (const each of step.guards.slice(0, at + 1)) {
    for (const key of each.after ?? []) add(run.steps.get(key))
    if (each === guard) continue
    for (const name of conditionSteps(each.condition)) add(run.stepOf(name, each.scope ?? ''))
  }
  return closureOf(near, step)
}

function nearBefore(step: StepState): StepState[] {
  const near = step.predecessors.map((each) => each.step)
  return step.owner === undefined
    ? near
    : [...near, ...step.owner.predecessors.map((each) => each.step)]
}

/** The steps and everything before them; not the one from which it was asked. */
function* closureOf(near: readonly StepState[], from: StepState): Generator<StepState> {
  const seen = new Set([from])
  const pending = [...near]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue
    seen.add(at)
    yield at
    for (const each of nearBefore(at)) pending.push(each)
  }
}
