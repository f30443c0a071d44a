import { isSignal } from '@alkdev/ujsx'
import { isResultRef, valueAt } from '../template/refs.ts'
import type { EventTime } from '../schema/call-event.ts'
import type { MapExpanded } from './events.ts'
import type { StepResults } from './step-results.ts'
import type { StepState } from './step-state.ts'

/** Items of Maps that were recorded or made: they count for the whole run. */
export class Expansions {
  readonly #items = new Map<string, readonly unknown[]>()
  readonly #logged = new Set<string>()

  /** Notes items of a log that is still to be taken in. */
  know({ nodeKey, items }: MapExpanded): void {
    this.#items.set(nodeKey, items)
  }

  /** Notes items of the log. False when they are known from it. */
  enter(event: MapExpanded): boolean {
    if (this.#logged.has(event.nodeKey)) return false
    if (!this.#items.has(event.nodeKey)) this.know(event)
    this.#logged.add(event.nodeKey)
    return true
  }

  /** The items of a Map; with the event to be recorded when a signal or a function made them now. Throws TypeError when they are no list. */
  itemsOf(
    step: StepState,
    results: StepResults,
    now: () => EventTime,
  ): { readonly items: readonly unknown[]; readonly made?: MapExpanded } {
    const recorded = this.#items.get(step.key)
    if (recorded !== undefined) return { items: recorded }
    const over = step.attributes.map?.over
    if (isResultRef(over)) {
      const output = results.resultOf(over.$result, step.scope)?.output
      return { items: valueAt(output, over.path) as readonly unknown[] }
    }
    // Those of a list are in the graph and need no record.
    if (Array.isArray(over)) return { items: over as readonly unknown[] }
    const items = isSignal(over)
      ? over.peek()
      : typeof over === 'function'
        ? over(results.before(step))
        : over
    if (!Array.isArray(items)) throw new TypeError('they are no list')
    const event: MapExpanded = {
      type: 'map.expanded',
      nodeKey: step.key,
      items: [...(items as readonly unknown[])],
      timestamp: now(),
    }
    this.know(event)
    this.#logged.add(step.key)
    return { items: event.items, made: event }
  }
}
