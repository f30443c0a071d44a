import type { OperationSpec } from '@alkdev/operations'

const known = new WeakMap<OperationSpec, Map<string, object>>()

/**
 * What an operation is shown as, made once for each spec and `name`: specs are shared by all identities and do not change, and a catalog of 10,000 operations is
 * read again after each change of the registry.
 */
export function shownOnce<Shown extends object>(
  spec: OperationSpec,
  name: string,
  make: () => Shown,
): Shown {
  let shown = known.get(spec)
  if (shown === undefined) known.set(spec, (shown = new Map()))
  let one = shown.get(name)
  if (one === undefined) shown.set(name, (one = make()))
  return one as Shown
}
