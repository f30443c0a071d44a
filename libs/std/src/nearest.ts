/** The names that are most similar to `wanted`, best first, three at most. Empty when none is similar. */
export function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const text = wanted.toLowerCase()
  const scored = names.flatMap((name) => {
    const score = distance(text, name.toLowerCase())
    return score === undefined ? [] : [{ name, score }]
  })
  return scored
    .toSorted((a, b) => a.score - b.score || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name)
}

/** ` Did you mean ...?`, or nothing. */
export function didYouMean(wanted: string, names: readonly string[]): string {
  const found = nearest(wanted, names).map((name) => `\`${name}\``)
  if (found.length === 0) return ''
  const last = found.at(-1) ?? ''
  return ` Did you mean ${found.length === 1 ? last : `${found.slice(0, -1).join(', ')} or ${last}`}?`
}

/** Lower is nearer; undefined when two names have little in common. */
function distance(a: string, b: string): number | undefined {
  if (a === '' || b === '') return undefined
  const edits = editDistance(a.slice(0, MAX_LENGTH), b.slice(0, MAX_LENGTH))
  if (edits <= Math.max(1, Math.floor(Math.min(a.length, b.length) / 3))) return edits
  // `fs.read` for `dev.laptop.fs.read`, and `dev.clone.fs.read` for `dev.clone-605b3a.fs.read`.
  const parts = a.split('.')
  const rest = b.split('.')
  if (parts.length > 1 && parts.every((part) => rest.some((one) => one.startsWith(part))))
    return 1000 + edits
  return b.startsWith(a) && a.length > 2 ? 2000 + edits : undefined
}

const MAX_LENGTH = 256

/** Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, (before[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    before = previous
    previous = current
  }
  return previous[b.length] ?? 0
}
