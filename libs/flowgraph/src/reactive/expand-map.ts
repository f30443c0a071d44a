import { compileParts } from '../template/compile.ts'
import { partsOf } from '../template/part.ts'
import { readCompiled } from './read-steps.ts'
import type { ReadSteps } from './read-steps.ts'
import type { MapRun, StepState } from './step-state.ts'

/** Items of one Map at most. */
const MAX_ITEMS = 100_000

interface Steps {
  readonly room: number
  readonly names: { resolve(name: string, scope: string): string | undefined }
  add(read: ReadSteps, owner: StepState): StepState[]
}

/** Makes the steps of a Map, one set for each item. Throws RangeError for too many items and TypeError for a template that can't be. */
export function expandMap(step: StepState, items: readonly unknown[], into: Steps): MapRun {
  const { map: plan } = step.attributes
  if (plan === undefined) throw new TypeError('it is no Map')
  if (!Array.isArray(items)) throw new TypeError('they are no list')
  if (items.length > MAX_ITEMS) throw new RangeError(`${items.length} are more than ${MAX_ITEMS}`)
  if (items.length > into.room) throw tooMany(into.room)
  const parts = partsOf(plan.template)
  const { as, maxConcurrency } = plan
  const limited = maxConcurrency !== undefined && items.length > maxConcurrency
  const outside = {
    follows: step.predecessors.filter((each) => each.followed).map((each) => each.step.key),
    resolve: (name: string) => into.names.resolve(name, step.scope),
  }
  let count = 0
  const sets = items.map((value: unknown, index) => {
    const compiled = compileParts(parts, {
      scope: `${step.key}[${index}]/`,
      items: [...(step.attributes.items ?? []), { as, index, value }],
      ...(limited && { slots: [{ group: step.key, max: maxConcurrency, child: index }] }),
      outside,
    })
    const [problem] = compiled.problems
    if (problem !== undefined) throw new TypeError(problem.message)
    count += compiled.steps.size
    if (count > into.room) throw tooMany(into.room)
    return readCompiled(compiled)
  })
  const made = sets.map((read) => {
    const steps = into.add(read, step)
    return { steps, exits: steps.filter((each) => each.successors.length === 0) }
  })
  const open = made.reduce((sum, item) => sum + item.steps.length, 0)
  return { items: made, open, failed: 0, aborted: 0 }
}

function tooMany(room: number): RangeError {
  return new RangeError(`they would need more than the ${room} steps that the run has left`)
}
