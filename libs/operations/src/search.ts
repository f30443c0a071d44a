export { SearchIndex } from './search/search-index.ts'
export type { SearchHit } from './search/search-index.ts'
export type { SearchEntry } from './search/search-entry.ts'
export { takeBest } from './search/take-best.ts'
