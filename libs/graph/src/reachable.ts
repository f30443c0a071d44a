type Neighbours = (key: string) => readonly string[]

/** What `start` leads to in one step or more, nearest first. A node of `start` is included only if a path leads back to it. */
export function reachableFrom(start: Iterable<string>, neighbours: Neighbours): Set<string> {
  const found = new Set<string>()
  const add = (key: string): void => {
    for (const next of neighbours(key)) found.add(next)
  }
  for (const key of start) add(key)
  // The iteration of a set includes what is added to it meanwhile.
  for (const key of found) add(key)
  return found
}
