/**
 * Texts with which each path that a glob matches begins and ends. They may be empty. The beginning is that of the path with a slash behind it, the end that
 * of the path with a slash before it: so `a/**`, which matches `a` too, still begins with `a/`.
 */
export interface LiteralEnds {
  readonly literalPrefix: string
  readonly literalSuffix: string
  /** With what the last part of the path begins, when a slash is put behind it. */
  readonly namePrefix: string
}

/** The literal ends of a glob as its author wrote it, which need not be compiled. */
export function literalEnds(glob: string): LiteralEnds {
  if (glob.endsWith('/'))
    return { literalPrefix: literalHead(glob), literalSuffix: '', namePrefix: '' }
  const name = glob.slice(glob.lastIndexOf('/') + 1)
  const last = Math.max(...['*', '?', ']', '}'].map((char) => glob.lastIndexOf(char)))
  return {
    literalPrefix: literalHead(`${glob}/`),
    literalSuffix: last === -1 ? `/${glob}` : glob.slice(last + 1),
    // A slash may stand in braces.
    namePrefix: glob.includes('{') ? '' : literalHead(`${name}/`),
  }
}

function literalHead(glob: string): string {
  const first = glob.search(/[*?[{]/)
  return first === -1 ? glob : glob.slice(0, first)
}

/** False when no path can begin and end as both say. */
export function haveCommonEnds(a: LiteralEnds, b: LiteralEnds): boolean {
  return (
    beginAlike(a.literalPrefix, b.literalPrefix) &&
    beginAlike(a.namePrefix, b.namePrefix) &&
    (a.literalSuffix.endsWith(b.literalSuffix) || b.literalSuffix.endsWith(a.literalSuffix))
  )
}

function beginAlike(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a)
}

/** Beginnings of paths, so that those of many other globs can be looked up among them. */
export class Prefixes {
  /** Sorted, and none begins with another. */
  readonly #sorted: readonly string[]

  constructor(prefixes: readonly string[]) {
    const kept: string[] = []
    for (const one of prefixes.toSorted((a, b) => (a < b ? -1 : 1))) {
      const previous = kept.at(-1)
      if (previous === undefined || !one.startsWith(previous)) kept.push(one)
    }
    this.#sorted = kept
  }

  /** Whether one of them begins with the text, or the text with one of them. */
  meet(text: string): boolean {
    let low = 0
    for (let high = this.#sorted.length; low < high;) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] ?? '') <= text) low = middle + 1
      else high = middle
    }
    const notAfter = this.#sorted[low - 1]
    if (notAfter !== undefined && text.startsWith(notAfter)) return true
    return this.#sorted[low]?.startsWith(text) ?? false
  }
}
