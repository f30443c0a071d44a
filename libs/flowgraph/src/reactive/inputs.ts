import { fillRefs, valueAt } from '../template/refs.ts'
import type { ResultsFunction } from '../template/components.ts'
import type { ResultLookup } from './decisions.ts'
import type { StepState } from './step-state.ts'

/**
 * The input of a step with everything filled in that it refers to: results of steps that are over (`undefined` for others) and
 * the item of a Map (the innermost of that name).
 */
export function inputOf(step: StepState, lookup: ResultLookup): unknown {
  const { input, items = [] } = step.attributes
  if (typeof input === 'function') {
    const make = input as (...args: Parameters<ResultsFunction<unknown>>) => unknown
    return make(lookup.before(step))
  }
  return fillRefs(input, (ref) => {
    if ('$item' in ref) {
      const item = items.findLast((each) => each.as === ref.$item)
      return valueAt(item?.value, ref.path)
    }
    return valueAt(lookup.resultOf(ref.$result, step.scope)?.output, ref.path)
  })
}
