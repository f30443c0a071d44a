import { isSignal } from '@alkdev/ujsx'
import { linkReferences } from './link-references.ts'
import { partsOf } from './part.ts'
import { conditionSteps, isResultRef } from './refs.ts'
import { branchOf, isNone, joinEnds, listEnds, none, StepGraph } from './steps.ts'
import type { UChild } from '@alkdev/ujsx'
import type { Guard, ItemBinding, Slot } from './attributes.ts'
import type { Branch } from './link-references.ts'
import type { MapSource, Test } from './components.ts'
import type { Part } from './part.ts'
import type { CompileOptions, Ends } from './steps.ts'

/** Branches and limited groups inside each other, at most. */
const MAX_NESTING = 500
/** Edges at most: every end of one part is joined to every start of the next. */
const MAX_EDGES = 2_000_000

/** A step at the start of a part, with the branches that were opened on the way to it. */
interface Entry {
  readonly key: string
  readonly guards: readonly Guard[]
}

interface Ways {
  readonly entries: Ends<Entry>
  readonly exits: Ends<string>
}

const nothing: Ways = { entries: none, exits: none }

/** Where a part stands. */
interface Place {
  readonly scope: string
  readonly guards: readonly Guard[]
  readonly slots: readonly Slot[]
  readonly items: readonly ItemBinding[]
}

interface Frame {
  /** What is left to go through, last first. */
  readonly pending: { part: Part; place: Place }[]
  readonly done: Ways[]
  readonly finish: (ways: readonly Ways[]) => Ways
}

/** Steps and edges of a template. Does not throw: what is wrong is in `problems`. Works at any depth of sequences. */
export function compileParts(parts: readonly Part[], options: CompileOptions = {}): StepGraph {
  const { scope = '', items = [], slots = [] } = options
  return new Compiler().run(parts, { scope, items, slots, guards: [] })
}

export function compileTemplate(template: UChild): StepGraph {
  return compileParts(partsOf(template))
}

class Compiler {
  readonly #graph = new StepGraph()
  readonly #branches: (Omit<Branch, 'entries'> & { readonly entries: Ends<Entry> })[] = []
  readonly #keys = new StepKeys()
  #containers = 0

  run(parts: readonly Part[], place: Place): StepGraph {
    const root: Part = { tag: 'sequential', props: {}, children: [...parts] }
    const stack: Frame[] = [this.#sequence(root.children, place)]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.pending.pop()
      if (next === undefined) {
        stack.pop()
        const ways = top.finish(top.done)
        stack.at(-1)?.done.push(ways)
        continue
      }
      const frame = this.#open(next.part, next.place)
      if (frame === undefined) top.done.push(this.#leaf(next.part, next.place))
      else stack.push(frame)
    }
    const branches = this.#branches.map((branch) => ({
      ...branch,
      entries: listEnds(branch.entries).map((entry) => entry.key),
    }))
    linkReferences(this.#graph, branches, compileParts)
    return this.#graph
  }

  /** A container's frame; `undefined` for steps and for what is neither. */
  #open(part: Part, place: Place): Frame | undefined {
    switch (part.tag) {
      case 'sequential':
        return this.#sequence(part.children, place)
      case BRANCH:
        return this.#branch(part, place)
      case 'parallel': {
        const inside = this.#slotPlaces(part, place, part.children.length)
        return frameOf(
          part.children.map((child, at) => ({ part: child, place: inside(at) })),
          together,
        )
      }
      case 'conditional':
        return this.#conditional(part, place)
      case 'map':
        return this.#staticMap(part, place)
      default:
        return undefined
    }
  }

  #sequence(children: readonly Part[], place: Place): Frame {
    const list = children.map((part) => ({ part, place }))
    return frameOf(list, (ways) => this.#chain(ways, place.guards.length))
  }

  /** Links each part to the one before it that has any step. */
  #chain(ways: readonly Ways[], depth: number): Ways {
    let entries: Ends<Entry> = none
    let exits: Ends<string> = none
    for (const next of ways) {
      if (isNone(next.entries)) continue
      if (isNone(exits)) entries = next.entries
      else this.#join(exits, next.entries, depth)
      exits = next.exits
    }
    return { entries, exits }
  }

  #join(exits: Ends<string>, entries: Ends<Entry>, depth: number): void {
    const [from, to] = [listEnds(exits), listEnds(entries)]
    if (this.#graph.edgeCount + from.length * to.length > MAX_EDGES) {
      this.#graph.report({
        kind: 'too-deep',
        message: `more than ${MAX_EDGES} edges: ${from.length} steps are followed by ${to.length}`,
      })
      return
    }
    for (const { key, guards } of to) {
      const opened = guards.slice(depth)
      const [outermost] = opened
      for (const source of from) {
        const boundary = opened.some((guard) => this.#decides(guard, source, key))
        this.#graph.link(source, key, {
          edgeType: outermost === undefined ? 'sequential' : 'conditional',
          ...(outermost !== undefined && branchOf(outermost)),
          ...(boundary && { boundary }),
        })
      }
    }
  }

  /** Does the guard's condition say what a failure of the source means? Functions see everything before them. */
  #decides(guard: Guard, source: string, target: string): boolean {
    if (typeof guard.condition === 'function') return true
    const scope = this.#graph.steps.get(target)?.scope ?? ''
    return conditionSteps(guard.condition).some(
      (name) => this.#graph.names.resolve(name, scope) === source,
    )
  }

  #conditional(part: Part, place: Place): Frame | undefined {
    const { test, else: otherwise } = part.props as { test?: Test; else?: UChild }
    if (test === undefined || place.guards.length >= MAX_NESTING) {
      const kind = test === undefined ? 'malformed' : 'too-deep'
      const message =
        test === undefined
          ? 'a Conditional has no test'
          : `more than ${MAX_NESTING} Conditionals inside each other`
      this.#graph.report({ kind, message })
      return frameOf([], () => nothing)
    }
    const id = `${place.scope}__conditional_${this.#containers++}`
    const branches = [
      { guard: { id, condition: test, negated: false }, children: part.children },
      {
        guard: { id, condition: test, negated: true },
        children: part.otherwise ?? partsOf(otherwise ?? null),
      },
    ]
    const list = branches.map(({ guard, children }) => ({
      part: { tag: BRANCH, props: { guard }, children: [...children] },
      place: { ...place, guards: [...place.guards, guard] },
    }))
    return frameOf(list, together)
  }

  #branch(part: Part, place: Place): Frame {
    const { guard } = part.props as unknown as { guard: Guard }
    const from = this.#graph.steps.size
    const { pending, finish } = this.#sequence(part.children, place)
    return {
      pending,
      done: [],
      finish: (ways) => {
        const result = finish(ways)
        const to = this.#graph.steps.size
        this.#branches.push({ guard, scope: place.scope, entries: result.entries, from, to })
        return result
      },
    }
  }

  /** A Map over a list that is known is its child once for each item; any other is a step that makes them when it is reached. */
  #staticMap(part: Part, place: Place): Frame | undefined {
    const { over, as } = part.props as { over?: MapSource; as?: string }
    if (!Array.isArray(over)) return undefined
    const [child] = part.children
    if (part.children.length !== 1 || child === undefined || typeof as !== 'string') {
      this.#graph.report({ kind: 'malformed', message: 'a Map needs `as` and exactly one child' })
      return frameOf([], () => nothing)
    }
    const key = this.#keyFor(part, place.scope, 'map')
    const inside = this.#slotPlaces(part, place, over.length)
    const items: readonly unknown[] = over
    const list = items.map((value, index) => ({
      part: child,
      place: {
        ...inside(index),
        scope: `${key}[${index}]/`,
        items: [...place.items, { as, index, value }],
      },
    }))
    return frameOf(list, together)
  }

  /** The place of each child of a group, limited if the group is. */
  #slotPlaces(part: Part, place: Place, count: number): (child: number) => Place {
    const { maxConcurrency: max } = part.props as { maxConcurrency?: unknown }
    if (max === undefined) return () => place
    if (typeof max !== 'number' || !(max >= 1)) {
      this.#graph.report({ kind: 'malformed', message: 'maxConcurrency has to be 1 or more' })
      return () => place
    }
    if (count <= max || place.slots.length >= MAX_NESTING) return () => place
    const group = `${place.scope}__${part.tag}_${this.#containers++}`
    return (child) => ({
      ...place,
      slots: [...place.slots, { group, max: Math.floor(max), child }],
    })
  }

  #leaf(part: Part, place: Place): Ways {
    const isMap = part.tag === 'map'
    if (!isMap && part.tag !== 'operation') {
      this.#graph.report({ kind: 'not-a-step', message: `"${part.tag}" is no part of a workflow` })
      return nothing
    }
    const { name } = part.props as { name?: unknown }
    const operation = !isMap && typeof name === 'string' ? name : ''
    if (isMap ? !isDynamicMap(part) : operation === '') {
      const message = isMap
        ? 'a Map needs `over`, `as` and exactly one child'
        : 'an Operation has no name'
      this.#graph.report({ kind: 'malformed', message })
      return nothing
    }
    const { scope, guards, slots, items } = place
    const key = this.#keyFor(part, scope, isMap ? 'map' : operation)
    const kind = isMap ? 'map' : 'operation'
    this.#graph.add({ key, kind, part, scope, guards, slots, items }, isMap ? undefined : operation)
    return { entries: { one: { key, guards } }, exits: { one: key } }
  }

  #keyFor(part: Part, scope: string, name: string): string {
    const { key, taken } = this.#keys.give(scope, part.ownKey, name)
    if (taken)
      this.#graph.report({ kind: 'duplicate-key', message: `two steps have the key "${key}"`, key })
    return key
  }
}

/** Keys of steps: the author's, or the name, numbered from the second step of that name on. */
class StepKeys {
  readonly #counts = new Map<string, number>()
  readonly #taken = new Set<string>()

  give(scope: string, own: string | undefined, name: string): { key: string; taken: boolean } {
    const key = own === undefined ? this.#free(scope + name) : scope + own
    const taken = this.#taken.has(key)
    this.#taken.add(key)
    return { key, taken }
  }

  #free(name: string): string {
    for (let n = (this.#counts.get(name) ?? 0) + 1; ; n += 1) {
      const key = n === 1 ? name : `${name}#${n}`
      if (this.#taken.has(key)) continue
      this.#counts.set(name, n)
      return key
    }
  }
}

const BRANCH = '__branch'

function frameOf(
  list: readonly { part: Part; place: Place }[],
  finish: (ways: readonly Ways[]) => Ways,
): Frame {
  return { pending: list.toReversed(), done: [], finish }
}

function together(ways: readonly Ways[]): Ways {
  return {
    entries: joinEnds(ways.map((each) => each.entries)),
    exits: joinEnds(ways.map((each) => each.exits)),
  }
}

function isDynamicMap(part: Part): boolean {
  const { over, as } = part.props as { over?: unknown; as?: unknown }
  const isSource = typeof over === 'function' || isSignal(over) || isResultRef(over)
  return isSource && typeof as === 'string' && part.children.length === 1
}
