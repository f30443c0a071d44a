/** Order of two versions `major.minor.patch` (anything after a `-` comes before the version without); not a number counts as 0. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0
  const [aNumbers, aPre] = parse(a)
  const [bNumbers, bPre] = parse(b)
  for (let at = 0; at < 3; at++) {
    const difference = (aNumbers[at] ?? 0) - (bNumbers[at] ?? 0)
    if (difference !== 0) return difference
  }
  if (aPre === bPre) return 0
  if (aPre === '') return 1
  if (bPre === '') return -1
  return aPre < bPre ? -1 : 1
}

function parse(version: string): readonly [numbers: readonly number[], pre: string] {
  const [core = '', ...rest] = version.split('-')
  return [core.split('.').map((part) => Number.parseInt(part, 10) || 0), rest.join('-')]
}
