import { NEIGHBORS } from './vocabulary/neighbors.ts'

const NONE: readonly string[] = []
let loaded: ReadonlyMap<string, string> | undefined

/** Up to five words of API documents that are near a stemmed word of everyday language, the nearest first. */
export function neighborsOf(word: string): readonly string[] {
  loaded ??= read()
  return loaded.get(word)?.split(',') ?? NONE
}

function read(): ReadonlyMap<string, string> {
  const entries = NEIGHBORS.trim().split(/\s+/)
  return new Map(
    entries.map((entry) => {
      const [word = '', others = ''] = entry.split(':')
      return [word, others]
    }),
  )
}
