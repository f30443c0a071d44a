import type { Slot } from '../template/attributes.ts'
import type { StepState } from './step-state.ts'

interface Child {
  /** Steps that are not over. */
  open: number
  /** A step of it was given leave to start, and not all are over. */
  active: boolean
  /** Steps that could start but for this place. */
  readonly waiting: Set<StepState>
}

interface Group {
  readonly max: number
  active: number
  readonly children: Map<number, Child>
  /** Children without a place, first come first served. */
  readonly waiting: Set<Child>
}

export interface SlotPlace {
  readonly group: Group
  readonly child: Child
}

/**
 * `maxConcurrency` limits the running children of a group. A child may consist of many steps; it keeps its slot until all of them
 * are over.
 */
export class Slots {
  readonly #groups = new Map<string, Group>()
  /** Groups with a slot that has become free. */
  readonly #freed = new Set<Group>()
  /** Steps that may have got a slot. */
  readonly #released: StepState[] = []

  /** The places of a step. What a Map makes has the Map's own as well: a child has its place until all of that is over. */
  placesOf(slots: readonly Slot[] = [], outer: readonly SlotPlace[] = []): SlotPlace[] {
    for (const { child } of outer) child.open += 1
    const own = slots.map(({ group: key, max, child: index }) => {
      let group = this.#groups.get(key)
      if (group === undefined) {
        group = { max, active: 0, children: new Map(), waiting: new Set() }
        this.#groups.set(key, group)
      }
      let child = group.children.get(index)
      if (child === undefined) {
        child = { open: 0, active: false, waiting: new Set() }
        group.children.set(index, child)
      }
      child.open += 1
      return { group, child }
    })
    return [...outer, ...own]
  }

  /** May the step start? If so its children are active from now on; if not it waits for the first place that is missing. */
  take(step: StepState): boolean {
    const full = step.places.find(({ group, child }) => !child.active && group.active >= group.max)
    if (full !== undefined) {
      full.child.waiting.add(step)
      full.group.waiting.add(full.child)
      return false
    }
    this.force(step)
    return true
  }

  /** The step has started, whether there was a place or not. */
  force(step: StepState): void {
    for (const { group, child } of step.places) {
      if (child.active) continue
      child.active = true
      group.active += 1
      this.#release(group, child)
    }
  }

  /** The step is over (or, with a retry, no longer). */
  settle(step: StepState, over: boolean): void {
    for (const { group, child } of step.places) {
      child.open += over ? -1 : 1
      if (child.open > 0 || !child.active) continue
      child.active = false
      group.active -= 1
      this.#freed.add(group)
    }
  }

  /** A step that may have got a place: it has to be looked at before the next one is asked for. */
  nextWaiting(): StepState | undefined {
    for (;;) {
      const step = this.#released.pop()
      if (step === undefined) {
        if (!this.#releaseNext()) return undefined
      } else if (step.status === 'waiting') return step
    }
  }

  #releaseNext(): boolean {
    for (const group of this.#freed) {
      const [child] = group.waiting
      if (child === undefined || group.active >= group.max) {
        this.#freed.delete(group)
        continue
      }
      this.#release(group, child)
      return true
    }
    return false
  }

  #release(group: Group, child: Child): void {
    group.waiting.delete(child)
    for (const step of [...child.waiting].toReversed()) this.#released.push(step)
    child.waiting.clear()
  }
}
