import { sameJson } from '@alkdev/operations/internal'
import { valueAt } from './refs.ts'
import type { CallResult } from '../schema/attributes.ts'
import type { Condition, OutputCondition } from '../schema/condition.ts'

const MAX_DEPTH = 200

/**
 * Is the condition true? `resultOf` gives the result of a step that has settled. What names a step that has none is false,
 * a comparison with a value that is not there as well.
 */
export function evaluateCondition(
  condition: Condition,
  resultOf: (step: string) => CallResult | undefined,
  depth = 0,
): boolean {
  if (depth > MAX_DEPTH) throw new RangeError('The condition is nested too deep')
  if (typeof condition === 'boolean') return condition
  if (typeof condition === 'string') return resultOf(condition)?.status === 'completed'
  const isTrue = (each: Condition): boolean => evaluateCondition(each, resultOf, depth + 1)
  if ('all' in condition) return condition.all.every(isTrue)
  if ('any' in condition) return condition.any.some(isTrue)
  if ('not' in condition) return !isTrue(condition.not)
  const result = resultOf(condition.node)
  if ('status' in condition) {
    return result !== undefined && [condition.status].flat().includes(result.status)
  }
  return holds(condition, result)
}

function holds(condition: OutputCondition, result: CallResult | undefined): boolean {
  const value = result?.status === 'completed' ? valueAt(result.output, condition.path) : undefined
  const { above, below, startsWith } = condition
  const checks = [
    condition.exists === undefined || (value !== undefined) === condition.exists,
    condition.equals === undefined || sameJson(value, condition.equals),
    condition.in === undefined || condition.in.some((each) => sameJson(value, each)),
    above === undefined || (typeof value === 'number' && value > above),
    below === undefined || (typeof value === 'number' && value < below),
    startsWith === undefined || (typeof value === 'string' && value.startsWith(startsWith)),
  ]
  return checks.every(Boolean)
}
