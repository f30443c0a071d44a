import { reactiveComponent } from './component.ts'
import { isSignal } from './signals.ts'
import { isUElement, isURoot } from './schema.ts'
import { UjsxError } from './errors.ts'
import type { Component } from './component.ts'
import type { UChild, UElement, UniversalProps, UNode, URoot } from './schema.ts'

const FRAGMENT = 'fragment'

/**
 * Children as hosts see them: lists and fragments are flattened, `null`, `undefined` and booleans are left out.
 * Lists may be nested at any depth. Throws UjsxError for what is no node.
 */
export function normalizeChildren(children: UChild): UNode[] {
  const flat: UNode[] = []
  const pending: UChild[] = [children]
  while (pending.length > 0) {
    const next = pending.pop()
    if (next === null || next === undefined || typeof next === 'boolean') continue
    if (typeof next === 'string' || typeof next === 'number' || isSignal(next)) flat.push(next)
    else if (typeof next === 'bigint') flat.push(String(next))
    else if (isList(next)) pushReversed(pending, next)
    else if (isURoot(next)) pushReversed(pending, next.children)
    else if (!isUElement(next)) throw new UjsxError(`Not a node: ${describe(next)}`)
    else if (next.type === FRAGMENT && next.key === undefined) pushReversed(pending, next.children)
    else flat.push(next)
  }
  return flat
}

function isList(value: UChild): value is readonly UChild[] {
  return Array.isArray(value)
}

function pushReversed(stack: UChild[], list: readonly UChild[]): void {
  for (let at = list.length - 1; at >= 0; at -= 1) stack.push(list[at])
}

function describe(value: unknown): string {
  return typeof value === 'object' ? 'an object without type, props and children' : typeof value
}

/** Props of any element: `key`, and `children` when they are not given as arguments. */
export interface ElementProps {
  readonly key?: string | number | null | undefined
  readonly children?: UChild
}

/**
 * Makes an element. `type` is a tag of the host or a component; a component is called at once with its props and
 * children, so the result is plain data, unless it is deferred (`reactiveComponent`). `key` goes to the element, not to
 * the props.
 */
export function h<TProps>(
  type: (props: TProps) => UChild,
  props?: (Omit<NonNullable<TProps>, 'children' | 'key'> & ElementProps) | null,
  ...children: readonly UChild[]
): UElement
export function h(
  type: string,
  props?: (UniversalProps & ElementProps) | null,
  ...children: readonly UChild[]
): UElement
export function h(
  type: string | ((props: never) => UChild),
  props?: object | null,
  ...children: readonly UChild[]
): UElement {
  const { key, children: given, ...rest } = (props ?? {}) as UniversalProps & ElementProps
  const nodes = normalizeChildren(children.length > 0 ? children : given)
  const withKey = key === undefined || key === null ? {} : { key: String(key) }
  const component = type as string | Component
  if (typeof component === 'string' || component.deferred === true) {
    return { type: component, props: rest, children: nodes, ...withKey }
  }
  return oneElement(callComponent(component, rest, nodes), withKey)
}

/** The result of a component as one element: lists and text are wrapped into a fragment. */
function oneElement(result: UChild, withKey: { readonly key?: string }): UElement {
  if (isUElement(result)) return withKey.key === undefined ? result : { ...result, ...withKey }
  return { type: FRAGMENT, props: {}, children: normalizeChildren(result), ...withKey }
}

/** Calls a component as a host does. */
export function callComponent(
  type: Component,
  props: UniversalProps,
  children: readonly UNode[],
): UChild {
  const call = type as (props: UniversalProps) => UChild
  return call(children.length > 0 ? { ...props, children } : props)
}

/** Groups children without an element of its own. */
export const Fragment: Component<{ readonly children?: UChild }> = Object.assign(
  (props: { readonly children?: UChild }): UElement => ({
    type: FRAGMENT,
    props: {},
    children: normalizeChildren(props.children),
  }),
  { displayName: 'Fragment' },
)

/** A named tree, ready for a host. */
export function createRoot(name: string, ...children: readonly UChild[]): URoot {
  return { type: 'root', name, children: normalizeChildren(children) }
}

/** An element whose props are computed: `props` is called again whenever a signal that it read changes. */
export function reactiveElement(
  type: string,
  props: () => UniversalProps,
  ...children: readonly UChild[]
): UElement {
  const Computed = reactiveComponent<UniversalProps>(`reactive ${type}`, (given) =>
    h(type, props(), given.children),
  )
  return h(Computed, null, ...children)
}
