import type { Test } from './components.ts'
import type { Condition, ItemRef, ResultRef } from '../schema/condition.ts'

/** Values nested deeper than this are taken as they are. */
const MAX_DEPTH = 64

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isResultRef(value: unknown): value is ResultRef {
  return isRecord(value) && typeof value['$result'] === 'string'
}

export function isItemRef(value: unknown): value is ItemRef {
  return isRecord(value) && typeof value['$item'] === 'string'
}

/** A place in a value where the result of a step is put. */
export interface ResultUse {
  readonly step: string
  /** JSON Pointer into the step's output. */
  readonly from: string
  /** Keys and indexes that lead to the place in the input. */
  readonly to: readonly string[]
}

/** Every result that a value refers to. */
export function resultUses(value: unknown): ResultUse[] {
  const found: ResultUse[] = []
  const visit = (at: unknown, to: readonly string[]): void => {
    if (isResultRef(at)) found.push({ step: at.$result, from: at.path ?? '', to })
    else if (typeof at === 'object' && at !== null && !isItemRef(at) && to.length < MAX_DEPTH) {
      for (const [key, each] of Object.entries(at)) visit(each, [...to, key])
    }
  }
  visit(value, [])
  return found
}

/** The value with every reference filled in by `fill`. */
export function fillRefs(
  value: unknown,
  fill: (ref: ResultRef | ItemRef) => unknown,
  depth = 0,
): unknown {
  if (isResultRef(value) || isItemRef(value)) return fill(value)
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) return value.map((each) => fillRefs(each, fill, depth + 1))
  const entries = Object.entries(value).map(([key, each]) => [key, fillRefs(each, fill, depth + 1)])
  return Object.fromEntries(entries) as unknown
}

/** What a JSON Pointer leads to; `undefined` when nothing is there. */
export function valueAt(value: unknown, pointer: string | undefined): unknown {
  if (pointer === undefined || pointer === '') return value
  let at = value
  for (const raw of pointer.replace(/^\//, '').split('/')) {
    const step = raw.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[step]
  }
  return at
}

/** The steps that a test names. A function names none. */
export function conditionSteps(test: Test): string[] {
  if (typeof test === 'function') return []
  const steps: string[] = []
  const pending: Condition[] = [test]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (typeof at === 'string') steps.push(at)
    else if (typeof at === 'boolean') continue
    else if ('all' in at) for (const each of at.all) pending.push(each)
    else if ('any' in at) for (const each of at.any) pending.push(each)
    else if ('not' in at) pending.push(at.not)
    else steps.push(at.node)
  }
  return [...new Set(steps)]
}
