import type { StepState } from './step-state.ts'

/**
 * Every step that waits for one, itself or through others: those behind it, the Map that it is an item of with those behind that, and all
 * items of a Map behind it.
 */
export function stepsAfter(start: StepState): ReadonlySet<string> {
  const found = new Set<string>()
  const pending: StepState[] = []
  const add = (step: StepState): void => {
    if (step === start || found.has(step.key)) return
    found.add(step.key)
    pending.push(step)
  }
  const addBehind = (step: StepState): void => {
    for (const { step: next } of step.successors) {
      add(next)
      addItems(next)
    }
    // Its other items do not wait for this one.
    if (step.owner !== undefined) add(step.owner)
  }
  const addItems = (map: StepState): void => {
    for (const item of map.run?.items ?? [])
      for (const step of item.steps) {
        add(step)
        addItems(step)
      }
  }
  addItems(start)
  addBehind(start)
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) addBehind(step)
  return found
}
