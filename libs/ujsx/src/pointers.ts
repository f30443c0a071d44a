import { UjsxError } from './errors.ts'

function stepsOf(pointer: string): string[] {
  if (pointer === '') return []
  if (!pointer.startsWith('/')) throw new UjsxError(`Not a JSON Pointer: "${pointer}"`)
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/**
 * What a JSON Pointer (RFC 6901) leads to inside a tree, for instance `/children/0/props/name`; `undefined` when nothing
 * is there. The empty pointer is the tree itself.
 */
export function selectNode(tree: unknown, pointer: string): unknown {
  let at: unknown = tree
  for (const step of stepsOf(pointer)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[step]
  }
  return at
}

/**
 * A copy of the tree with `value` at the pointer; what is not on the way is shared with the original. `-` as the last step
 * into a list appends. Throws UjsxError when the way does not exist.
 */
export function setNode<T>(tree: T, pointer: string, value: unknown): T {
  const steps = stepsOf(pointer)
  const last = steps.at(-1)
  if (last === undefined) return value as T
  const copy: unknown = shallowCopy(tree, pointer)
  let at = copy as Record<string, unknown>
  for (const step of steps.slice(0, -1)) {
    const next = shallowCopy(Object.hasOwn(at, step) ? at[step] : undefined, pointer)
    define(at, step, next)
    at = next as Record<string, unknown>
  }
  if (Array.isArray(at)) setItem(at, last, value, pointer)
  else define(at, last, value)
  return copy as T
}

function shallowCopy(value: unknown, pointer: string): object {
  if (Array.isArray(value)) return [...(value as readonly unknown[])]
  if (typeof value === 'object' && value !== null) return { ...value }
  throw new UjsxError(`Nothing is at "${pointer}"`)
}

function setItem(list: unknown[], step: string, value: unknown, pointer: string): void {
  const at = step === '-' ? list.length : Number(step)
  if (
    !Number.isInteger(at) ||
    at < 0 ||
    at > list.length ||
    (step !== '-' && String(at) !== step)
  ) {
    throw new UjsxError(`"${step}" is no place in the list of "${pointer}"`)
  }
  list[at] = value
}

/** Defines the property even when it is called `__proto__`. */
function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  })
}
