/** The texts of one entry; words in its name weigh most, then title and tags, then the description. */
export interface SearchFields {
  /** For instance `fs.readFile`: split at dots, dashes, underscores and capitals. */
  readonly name: string
  readonly title?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly description?: string | undefined
}

export interface SearchHit<Id> {
  readonly id: Id
  /** Above 0; comparable within one result only. */
  readonly score: number
}

/** By slot of the entry: occurrences of a word, each weighted by its field and the field's length. */
type Postings = Map<number, number>

const WEIGHTS = { name: 5, title: 3, tags: 3, description: 1 } as const
/** BM25F: saturation of repeated words, and how far long texts are discounted. */
const K1 = 1.2
const B = 0.5
const MEAN_LENGTH = { name: 3, title: 3, tags: 2, description: 14 } as const
const MAX_QUERY_WORDS = 32
/** A query word that begins an indexed one counts for less than the word itself. */
const PREFIX_SHARE = 0.5

/**
 * Ranks short texts by words (BM25F: S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009).
 * Words are compared without case and common English endings; a word of three letters or more also finds those it begins.
 * Memory: one posting for each different word of an entry.
 */
export class SearchIndex<Id> {
  readonly #ids = new Map<Id, { slot: number; words: string[] }>()
  readonly #slots: (Id | undefined)[] = []
  readonly #free: number[] = []
  readonly #postings = new Map<string, Postings>()
  #sorted: string[] | undefined
  /** Entries since the last search. */
  readonly #waiting = new Map<Id, SearchFields>()

  get size(): number {
    return this.#ids.size + this.#waiting.size
  }

  /** Adds an entry, or replaces the one of that id. Its words are indexed at the next search: many registries are never searched. */
  set(id: Id, fields: SearchFields): void {
    this.delete(id)
    this.#waiting.set(id, fields)
  }

  #index(id: Id, fields: SearchFields): void {
    const weights = weightsOf(fields)
    const slot = this.#free.pop() ?? this.#slots.length
    this.#slots[slot] = id
    for (const [word, weight] of weights) {
      const list = this.#postings.get(word)
      if (list === undefined) {
        this.#postings.set(word, new Map([[slot, weight]]))
        this.#sorted = undefined
      } else list.set(slot, weight)
    }
    this.#ids.set(id, { slot, words: [...weights.keys()] })
  }

  /** Costs as much as the entry has words, however many entries there are. */
  delete(id: Id): boolean {
    if (this.#waiting.delete(id)) return true
    const entry = this.#ids.get(id)
    if (entry === undefined) return false
    for (const word of entry.words) {
      const postings = this.#postings.get(word)
      postings?.delete(entry.slot)
      if (postings?.size !== 0) continue
      this.#postings.delete(word)
      this.#sorted = undefined
    }
    this.#ids.delete(id)
    this.#slots[entry.slot] = undefined
    this.#free.push(entry.slot)
    return true
  }

  /** Best first; entries that share no word with the query are left out. `accepts` drops entries before the limit counts. */
  search(query: string, limit = 20, accepts?: (id: Id) => boolean): SearchHit<Id>[] {
    for (const [id, fields] of this.#waiting) this.#index(id, fields)
    this.#waiting.clear()
    const scores = new Map<number, number>()
    for (const word of new Set(wordsOf(query.slice(0, 1000)).slice(0, MAX_QUERY_WORDS))) {
      const best = new Map<number, number>()
      for (const [indexed, share] of this.#matches(word)) {
        const postings: Postings = this.#postings.get(indexed) ?? new Map<number, number>()
        const idf = Math.log(1 + (this.#ids.size - postings.size + 0.5) / (postings.size + 0.5))
        for (const [slot, weight] of postings) {
          const score = (share * idf * weight * (K1 + 1)) / (weight + K1)
          if (score > (best.get(slot) ?? 0)) best.set(slot, score)
        }
      }
      for (const [slot, score] of best) scores.set(slot, (scores.get(slot) ?? 0) + score)
    }
    const hits: SearchHit<Id>[] = []
    for (const [slot, score] of scores) {
      const id = this.#slots[slot]
      if (id !== undefined && (accepts === undefined || accepts(id))) hits.push({ id, score })
    }
    return hits
      .toSorted((a, b) => b.score - a.score || (String(a.id) < String(b.id) ? -1 : 1))
      .slice(0, limit)
  }

  *#matches(word: string): Generator<readonly [string, number]> {
    if (this.#postings.has(word)) yield [word, 1]
    if (word.length < 3) return
    const sorted = (this.#sorted ??= [...this.#postings.keys()].toSorted())
    for (let at = lowerBound(sorted, word); at < sorted.length; at++) {
      const candidate = sorted[at]
      if (candidate === undefined || !candidate.startsWith(word)) return
      if (candidate !== word) yield [candidate, PREFIX_SHARE]
    }
  }
}

function weightsOf(fields: SearchFields): Map<string, number> {
  const weights = new Map<string, number>()
  const add = (field: keyof typeof WEIGHTS, text: string | undefined): void => {
    if (text === undefined) return
    const words = wordsOf(text.slice(0, 4096))
    const length = 1 - B + (B * words.length) / MEAN_LENGTH[field]
    for (const word of words) weights.set(word, (weights.get(word) ?? 0) + WEIGHTS[field] / length)
  }
  add('name', fields.name)
  add('title', fields.title)
  add('tags', fields.tags?.join(' '))
  add('description', fields.description)
  return weights
}

const STOP = new Set(
  'a an and are as at be by for from in into is it its of on or that the this to with'.split(' '),
)

function wordsOf(text: string): string[] {
  const words: string[] = []
  const spread = text
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
  for (const word of spread.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    if (!STOP.has(word)) words.push(stem(word))
  return words
}

/** Common English endings only; enough to bring `lists`, `listing` and `listed` together. */
function stem(word: string): string {
  if (word.length < 4) return word
  let out = word
  if (out.endsWith('ies') && out.length > 4) out = `${out.slice(0, -3)}y`
  else if (/(?:sses|shes|ches|xes|zes)$/.test(out)) out = out.slice(0, -2)
  else if (out.endsWith('s') && !/(?:ss|us|is)$/.test(out)) out = out.slice(0, -1)
  if (out.length > 5 && out.endsWith('ing')) out = undouble(out.slice(0, -3))
  else if (out.length > 4 && out.endsWith('ed')) out = undouble(out.slice(0, -2))
  return out.length > 4 && out.endsWith('e') ? out.slice(0, -1) : out
}

function undouble(word: string): string {
  return /([bdgmnprt])\1$/.test(word) ? word.slice(0, -1) : word
}

function lowerBound(sorted: readonly string[], word: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? '') < word) low = middle + 1
    else high = middle
  }
  return low
}
