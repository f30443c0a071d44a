import { isSignal } from '@alkdev/ujsx'
import { linkReferences } from './link-references.ts'
import { partsOf } from './part.ts'
import { StepKeys } from './step-keys.ts'
import { conditionSteps, isResultRef } from './refs.ts'
import { branchOf, isNone, joinEnds, listEnds, none, StepGraph } from './steps.ts'
import type { UChild } from '@alkdev/ujsx'
import type { Guard, ItemBinding, Slot } from './attributes.ts'
import type { Branch } from './link-references.ts'
import type { MapSource, Test } from './components.ts'
import type { Part } from './part.ts'
import type { CompileOptions, Ends, Outside } from './steps.ts'

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
  const { scope = '', items = [], slots = [], outside } = options
  // A Map over a list becomes a step when something names it, which is known after the first pass.
  const asSteps = new Set<string>()
  for (;;) {
    const graph = new Compiler(asSteps, outside).run(parts, { scope, items, slots, guards: [] })
    const named = [...graph.namedMaps].filter((key) => !asSteps.has(key))
    if (named.length === 0) return graph
    for (const key of named) asSteps.add(key)
  }
}

export function compileTemplate(template: UChild): StepGraph {
  return compileParts(partsOf(template))
}

class Compiler {
  readonly #graph = new StepGraph()
  readonly #branches: (Omit<Branch, 'entries'> & { readonly entries: Ends<Entry> })[] = []
  readonly #keys = new StepKeys()
  /** Keys of Maps over lists that are steps. */
  readonly #asSteps: ReadonlySet<string>
  readonly #outside: Outside | undefined
  #containers = 0

  constructor(asSteps: ReadonlySet<string>, outside: Outside | undefined) {
    this.#asSteps = asSteps
    this.#outside = outside
  }

  run(parts: readonly Part[], place: Place): StepGraph {
    const root: Part = { tag: 'sequential', props: {}, children: [...parts] }
    const stack: Frame[] = [this.#sequence(root.children, place)]
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.pending.pop()
      if (next === undefined) {
        stack.pop()
        const ways = top.finish(top.done)
        if (stack.length === 0) this.#followOutside(ways.entries)
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
    linkReferences(this.#graph, branches, compileParts, this.#outside)
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
      for (const guard of opened) this.#comesAfter(guard, from)
      for (const source of from) {
        const boundary = opened.some((guard) => this.#decides(guard, source))
        if (!boundary) this.#follow(key, source)
        this.#graph.link(source, key, {
          edgeType: outermost === undefined ? 'sequential' : 'conditional',
          ...(outermost !== undefined && branchOf(outermost)),
          ...(boundary && { boundary }),
        })
      }
    }
  }

  /** The first steps of an item follow what their Map follows. */
  #followOutside(entries: Ends<Entry>): void {
    for (const source of this.#outside?.follows ?? []) {
      for (const { key, guards } of listEnds(entries)) {
        const boundary = guards.some((guard) => this.#decides(guard, source))
        if (!boundary) this.#follow(key, source)
        this.#graph.linkOutside(source, key, {
          edgeType: 'sequential',
          ...(boundary && { boundary }),
        })
      }
    }
  }

  /** Notes what a Map that is a step follows. */
  #follow(key: string, source: string): void {
    if (this.#graph.steps.get(key)?.kind !== 'map') return
    const known = this.#graph.followed.get(key)
    if (known === undefined) this.#graph.followed.set(key, [source])
    else known.push(source)
  }

  /** Notes which steps the Conditional of a function follows: once, as all steps at its start follow the same. */
  #comesAfter(guard: Guard, sources: readonly string[]): void {
    const after = guard.after as string[] | undefined
    if (after === undefined || after.length > 0) return
    for (const source of sources) after.push(source)
  }

  /** Does the guard's condition say what a failure of the source means? Functions see everything before them. */
  #decides(guard: Guard, source: string): boolean {
    if (typeof guard.condition === 'function') return true
    return conditionSteps(guard.condition).some((name) => {
      const key = this.#graph.names.resolve(name, guard.scope ?? '')
      return (key ?? this.#outside?.resolve(name)) === source
    })
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
    const both = {
      id,
      condition: test,
      ...(place.scope !== '' && { scope: place.scope }),
      ...(typeof test === 'function' && { after: [] }),
    }
    const branches = [
      { guard: { ...both, negated: false }, children: part.children },
      {
        guard: { ...both, negated: true },
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
    if (this.#asSteps.has(key)) return frameOf([], () => this.#step(part, place, key, undefined))
    this.#graph.names.add(key, place.scope, undefined)
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
    const key = this.#keyFor(part, place.scope, isMap ? 'map' : operation)
    return this.#step(part, place, key, isMap ? undefined : operation)
  }

  /** Adds a step; without an operation it is a Map. */
  #step(part: Part, place: Place, key: string, operation: string | undefined): Ways {
    const { scope, guards, slots, items } = place
    const kind = operation === undefined ? 'map' : 'operation'
    this.#graph.add({ key, kind, part, scope, guards, slots, items }, operation)
    return { entries: { one: { key, guards } }, exits: { one: key } }
  }

  #keyFor(part: Part, scope: string, name: string): string {
    const { key, taken } = this.#keys.give(scope, part.ownKey, name)
    if (taken)
      this.#graph.report({ kind: 'duplicate-key', message: `two steps have the key "${key}"`, key })
    return key
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
