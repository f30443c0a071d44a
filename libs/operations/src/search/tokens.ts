import { FILLERS, IRREGULAR_FORMS, STOP_WORDS } from './vocabulary/function-words.ts'

/** What is left of a word of four letters that ends with e: `saving` is of `save`, because that of `sav` would be `savving`. */
const WITHOUT_E = /^[^aeiou][aeiouy][^aeiouwxy]$/

/** A text whose words are separated by spaces alone. */
const PLAIN = /^[a-z0-9 ]*$/

const stopWords = new Set(STOP_WORDS.split(/\s+/))
const irregular = new Map<string, string>()
for (const line of IRREGULAR_FORMS.trim().split('\n')) {
  const [word = '', ...forms] = line.split(' ')
  for (const form of forms) irregular.set(form, word)
}

const fillers = new Set(FILLERS.split(/\s+/).map(stem))

/** Whether a stemmed word says little of an operation. */
export function isFiller(word: string): boolean {
  return fillers.has(word)
}

export function isStopWord(word: string): boolean {
  return stopWords.has(word)
}

/** Light English stemming: plural, -ing, -ed, -er endings; enough that `listing files` meets `list file`. */
export function stem(given: string): string {
  const word = irregular.get(given) ?? given
  if (word.length < 4 || word === 'news') return word
  let stemmed = word
  if (stemmed.endsWith('ies') && stemmed.length > 4) stemmed = `${stemmed.slice(0, -3)}y`
  else if (/(?:ss|x|ch|sh|zz)es$/.test(stemmed)) stemmed = stemmed.slice(0, -2)
  else if (stemmed.endsWith('s') && !/(?:ss|us|is)$/.test(stemmed)) stemmed = stemmed.slice(0, -1)
  for (const ending of ['ing', 'ed']) {
    const rest = stemmed.slice(0, -ending.length)
    if (!stemmed.endsWith(ending) || rest.length < 3 || !/[aeiouy]/.test(rest)) continue
    // `getting` is of `get`, and `adding` of `add`.
    stemmed = /..([bdgmnprt])\1$/.test(rest) ? rest.slice(0, -1) : rest
    if (ending === 'ing' && WITHOUT_E.test(rest)) stemmed += 'e'
    break
  }
  return stemmed.length > 4 && stemmed.endsWith('e') ? stemmed.slice(0, -1) : stemmed
}

/** Lower-case words of a text; `camelCase`, `snake_case` and dots separate words. */
export function wordsOf(text: string): string[] {
  if (PLAIN.test(text)) return text.split(' ').filter((word) => word !== '')
  return text
    .replaceAll(/[A-Z]{2,}s(?![a-z])/g, acronyms)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/(?<![\p{L}\p{N}])e-mail/gu, 'email')
    .replaceAll(/n['\u2019]t(?![\p{L}\p{N}])/gu, 'nt')
    .replaceAll(/(?<![\p{L}\p{N}])o['\u2019](?=\p{L})/gu, 'o')
    .replaceAll(/['\u2019](?:s|re|m|ll|ve|d)(?![\p{L}\p{N}])/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

/** `PRs` are several of one word. */
function acronyms(found: string): string {
  return found[0] + found.slice(1).toLowerCase()
}

/** The stemmed words of a text without those that identify nothing. */
export function tokens(text: string): string[] {
  const found: string[] = []
  for (const word of wordsOf(text)) if (!stopWords.has(word)) found.push(stem(word))
  return found
}
