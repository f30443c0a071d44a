/** What a caller searches for. */
export interface Search {
  readonly query: string
  /** Results per page, 1 to 20. */
  readonly count: number
  /** Counted from 1. */
  readonly page: number
  /** Language code, for instance `en`. */
  readonly language?: string
}

export interface SearchResult {
  readonly title: string
  readonly url: string
  /** The passage that the search service shows, as plain text. */
  readonly snippet: string
}

/** The wire format of one kind of search service. */
interface Engine {
  readonly query: (search: Search) => Readonly<Record<string, string>>
  readonly headers: (key: string) => Readonly<Record<string, string>>
  /** The list in the answer, and the names of the members of an entry. Undefined when the answer has no such list. */
  readonly entries: (answer: Readonly<Record<string, unknown>>) => unknown
  readonly snippet: string
}

const MAX_TITLE = 300
const MAX_SNIPPET = 1000
const MAX_URL = 2000

/** The kinds of search services that the spoke can use. */
export const ENGINES = {
  /** https://docs.searxng.org/dev/search_api.html; the instance must allow the format `json`. */
  searxng: {
    query: ({ query, page, language }) => ({
      q: query,
      format: 'json',
      pageno: String(page),
      ...(language !== undefined && { language }),
    }),
    headers: (key) => ({ authorization: `Bearer ${key}` }),
    entries: (answer) => answer['results'],
    snippet: 'content',
  },
  /** https://api-dashboard.search.brave.com/app/documentation/web-search/query */
  brave: {
    query: ({ query, count, page, language }) => ({
      q: query,
      count: String(count),
      offset: String(page - 1),
      text_decorations: 'false',
      ...(language !== undefined && { search_lang: language }),
    }),
    headers: (key) => ({ 'x-subscription-token': key }),
    // An answer without `web` found nothing.
    entries: (answer) => (isRecord(answer['web']) ? answer['web']['results'] : []),
    snippet: 'description',
  },
} as const satisfies Record<string, Engine>

export type EngineName = keyof typeof ENGINES

/** The results of an answer: at most `count`, those without a title or an http address left out. Undefined for an answer in another format. */
export function resultsOf(
  engine: EngineName,
  answer: unknown,
  count: number,
): SearchResult[] | undefined {
  if (!isRecord(answer)) return undefined
  const { entries, snippet } = ENGINES[engine]
  const list = entries(answer)
  if (!Array.isArray(list)) return undefined
  const results: SearchResult[] = []
  for (const entry of list as unknown[]) {
    if (results.length === count) break
    if (!isRecord(entry)) continue
    const { title, url } = entry
    if (typeof title !== 'string' || typeof url !== 'string') continue
    if (!/^https?:\/\//i.test(url) || url.length > MAX_URL) continue
    const passage = entry[snippet]
    results.push({
      title: cut(title, MAX_TITLE),
      url: url.toWellFormed(),
      snippet: cut(typeof passage === 'string' ? passage : '', MAX_SNIPPET),
    })
  }
  return results
}

function cut(text: string, max: number): string {
  return text.slice(0, max).replaceAll('\0', '').toWellFormed().trim()
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
