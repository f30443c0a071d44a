/** One Kubernetes object as YAML has it. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [member: string]: unknown
}

/** The value at a path of members and indices; undefined when it is not there. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value
  for (const member of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string | number, unknown>)[member]
  }
  return found
}

/** The same for a list; empty when it is not there. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}
