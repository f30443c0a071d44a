import { compact } from '@alkdev/std'
import { addFact, attributesOf, progressOf } from './call-facts.ts'
import { readCallEvent } from '../schema/call-event.ts'
import { isFinalCall } from '../schema/enums.ts'
import type { CallFacts } from './call-facts.ts'
import type { CallEventEnvelope, CallEventMapValue } from '../schema/call-event.ts'
import type { CallNodeAttrs } from '../schema/attributes.ts'

/** What the tracker writes into. */
export interface CallStore {
  has(requestId: string): boolean
  get(requestId: string): CallNodeAttrs
  add(attrs: CallNodeAttrs): void
  replace(attrs: CallNodeAttrs): void
  link(parent: string, child: string): void
  unlink(parent: string, child: string): void
}

/** Calls of which something is known but not the request; more are forgotten, oldest first. */
const MAX_EARLY = 10_000

/**
 * Turns events of calls into nodes and `triggered` edges. The graph depends on the set of events alone: events may come
 * twice and in any order. What comes before its request is kept (for 10,000 calls) until that arrives.
 */
export class CallTracker {
  readonly #store: CallStore
  readonly #facts = new Map<string, CallFacts>()
  /** Ids in `#facts` without a node, in order of arrival. */
  readonly #early = new Set<string>()
  /** Final status set by hand: events do not undo it. */
  readonly #settledByHand = new Set<string>()
  readonly #addedByHand = new Set<string>()
  readonly #parents = new Map<string, string>()
  readonly #children = new Map<string, Set<string>>()

  constructor(store: CallStore) {
    this.#store = store
  }

  /** True when the graph changed. */
  apply(given: CallEventMapValue | CallEventEnvelope): boolean {
    const event = readCallEvent(given)
    if (event === undefined) return false
    const { requestId } = event
    const before = this.#facts.get(requestId) ?? {}
    const facts = addFact(before, event)
    if (facts === before) return false
    this.#facts.set(requestId, facts)
    if (this.#store.has(requestId)) return this.#refresh(requestId, facts)
    if (facts.requested === undefined) {
      this.#keepEarly(requestId)
      return false
    }
    this.#early.delete(requestId)
    this.#store.add(attributesOf(facts.requested, facts))
    this.#setParent(requestId, facts.requested.parentRequestId)
    this.#linkChildren(requestId)
    return true
  }

  /** A node was added by hand; events may continue it. */
  added(attrs: CallNodeAttrs): void {
    this.#addedByHand.add(attrs.requestId)
    if (isFinalCall(attrs.status)) this.#settledByHand.add(attrs.requestId)
    this.#setParent(attrs.requestId, attrs.parentRequestId)
    this.#linkChildren(attrs.requestId)
    const facts = this.#facts.get(attrs.requestId)
    this.#early.delete(attrs.requestId)
    if (facts !== undefined) this.#refresh(attrs.requestId, facts)
  }

  /** Status or other members were changed by hand. */
  changed(attrs: CallNodeAttrs): void {
    if (isFinalCall(attrs.status)) this.#settledByHand.add(attrs.requestId)
    this.#setParent(attrs.requestId, attrs.parentRequestId)
  }

  removed(requestId: string): void {
    this.#setParent(requestId, undefined)
    this.#facts.delete(requestId)
    this.#settledByHand.delete(requestId)
    this.#addedByHand.delete(requestId)
  }

  childrenOf(requestId: string): readonly string[] {
    return [...(this.#children.get(requestId) ?? [])].filter((child) => this.#store.has(child))
  }

  parentOf(requestId: string): string | undefined {
    return this.#parents.get(requestId)
  }

  #keepEarly(requestId: string): void {
    this.#early.add(requestId)
    if (this.#early.size <= MAX_EARLY) return
    const [oldest] = this.#early
    if (oldest === undefined) return
    this.#early.delete(oldest)
    this.#facts.delete(oldest)
  }

  #refresh(requestId: string, facts: CallFacts): boolean {
    const before = this.#store.get(requestId)
    if (facts.requested !== undefined && !this.#addedByHand.has(requestId)) {
      const next = { ...foreignPart(before), ...attributesOf(facts.requested, facts) }
      // Only a hand can have set a call running that neither has an item nor has ended.
      if (next.status === 'pending' && before.status === 'running') next.status = 'running'
      this.#store.replace(
        this.#settledByHand.has(requestId) ? { ...next, ...endOfNode(before) } : next,
      )
      this.#setParent(requestId, facts.requested.parentRequestId)
      return true
    }
    if (this.#settledByHand.has(requestId)) return false
    this.#store.replace({ ...before, ...progressOf(facts) })
    return true
  }

  #setParent(child: string, parent: string | undefined): void {
    const before = this.#parents.get(child)
    if (before === parent) return
    const unlinked = before === undefined ? [] : this.#cycleThrough(child)
    if (before !== undefined) {
      this.#children.get(before)?.delete(child)
      this.#parents.delete(child)
      if (unlinked.length === 0) this.#store.unlink(before, child)
    }
    if (parent !== undefined) {
      this.#parents.set(child, parent)
      const siblings = this.#children.get(parent)
      if (siblings === undefined) this.#children.set(parent, new Set([child]))
      else siblings.add(child)
    }
    // The calls of a cycle that is now broken get their edges back.
    for (const each of unlinked) if (each !== child) this.#link(each)
    if (parent === undefined) return
    const cycle = this.#cycleThrough(child)
    if (cycle.length === 0) this.#link(child)
    for (const each of cycle) {
      const above = this.#parents.get(each)
      if (each !== child && above !== undefined) this.#store.unlink(above, each)
    }
  }

  #linkChildren(parent: string): void {
    for (const child of this.#children.get(parent) ?? []) {
      if (this.#cycleThrough(child).length === 0) this.#link(child)
    }
  }

  #link(child: string): void {
    const parent = this.#parents.get(child)
    if (parent === undefined || !this.#store.has(parent) || !this.#store.has(child)) return
    this.#store.link(parent, child)
  }

  /** The calls of the cycle of parents that contains this one, or none. Calls of a cycle get no edges. */
  #cycleThrough(start: string): string[] {
    if ((this.#children.get(start)?.size ?? 0) === 0) return []
    const cycle = [start]
    const seen = new Set(cycle)
    for (let at = this.#parents.get(start); at !== undefined; at = this.#parents.get(at)) {
      if (at === start) return cycle
      if (seen.has(at)) return []
      seen.add(at)
      cycle.push(at)
    }
    return []
  }
}

function endOfNode(attrs: CallNodeAttrs): Partial<CallNodeAttrs> {
  const { status, output, error, completedAt } = attrs
  return {
    status,
    ...compact({ output, error, completedAt }),
  }
}

const OWN: ReadonlySet<string> = new Set<keyof CallNodeAttrs>([
  'requestId',
  'operationId',
  'status',
  'parentRequestId',
  'input',
  'output',
  'error',
  'identity',
  'startedAt',
  'completedAt',
])

/** Members that no event speaks of. */
function foreignPart(attrs: CallNodeAttrs): object {
  return Object.fromEntries(Object.entries(attrs).filter(([name]) => !OWN.has(name)))
}
