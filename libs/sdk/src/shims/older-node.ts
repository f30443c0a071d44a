// Stands in for what Node 24 has and Node 20 lacks. The bundler puts these where the built-in functions are called; nothing global changes.

/** `Promise.withResolvers`, which came with Node 22. */
export function promiseWithResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: PromiseWithResolvers<T>['resolve'] = () => undefined
  let reject: PromiseWithResolvers<T>['reject'] = () => undefined
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

/** `URL.parse`, which came with Node 22.1. */
export function urlParse(text: string | URL, base?: string | URL): URL | null {
  return URL.canParse(String(text), base === undefined ? undefined : String(base))
    ? new URL(text, base)
    : null
}

/** `Object.groupBy`, which came with Node 21. */
export function objectGroupBy<T>(
  items: Iterable<T>,
  keyOf: (item: T, index: number) => PropertyKey,
): Partial<Record<PropertyKey, T[]>> {
  const groups = Object.create(null) as Record<PropertyKey, T[]>
  let index = 0
  for (const item of items) (groups[keyOf(item, index++)] ??= []).push(item)
  return groups
}

/** `Map.groupBy`, which came with Node 21. */
export function mapGroupBy<K, T>(
  items: Iterable<T>,
  keyOf: (item: T, index: number) => K,
): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  let index = 0
  for (const item of items) {
    const key = keyOf(item, index++)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
