type Neighbours = (key: string) => readonly string[]

interface Side {
  readonly from: Map<string, string | null>
  readonly pending: string[]
  at: number
  readonly next: Neighbours
}

/**
 * The cycle that an edge from `source` to `target` would close, or `undefined`. Searches forward from the target and
 * backward from the source in turns and ends with the smaller of the two, so appending to a chain at either end costs the
 * same however long it is.
 */
export function closingCycle(
  source: string,
  target: string,
  successors: Neighbours,
  predecessors: Neighbours,
): string[] | undefined {
  if (source === target) return [source]
  const forward: Side = {
    from: new Map([[target, null]]),
    pending: [target],
    at: 0,
    next: successors,
  }
  const backward: Side = {
    from: new Map([[source, null]]),
    pending: [source],
    at: 0,
    next: predecessors,
  }
  for (;;) {
    for (const [side, other] of [
      [forward, backward],
      [backward, forward],
    ] as const) {
      const key = side.pending[side.at]
      if (key === undefined) return undefined
      side.at += 1
      for (const neighbour of side.next(key)) {
        if (side.from.has(neighbour)) continue
        side.from.set(neighbour, key)
        if (other.from.has(neighbour)) return join(forward, backward, neighbour)
        side.pending.push(neighbour)
      }
    }
  }
}

/** From the target forward to where the searches met, and on to the source. */
function join(forward: Side, backward: Side, met: string): string[] {
  const path: string[] = []
  for (
    let at: string | null | undefined = met;
    at !== null && at !== undefined;
    at = forward.from.get(at)
  ) {
    path.push(at)
  }
  path.reverse()
  for (
    let at = backward.from.get(met);
    at !== null && at !== undefined;
    at = backward.from.get(at)
  ) {
    path.push(at)
  }
  return path
}
