/** Words that do not help to identify an operation. */
const STOP_WORDS = new Set(
  'a an and are as at be by can do for from have how i in is it its me my of on or please so that the their them then there these this to use want was what when where which who will with would you your'.split(
    ' ',
  ),
)

/** Groups of synonyms; the first word of each represents the group. */
const SYNONYM_GROUPS = [
  'create add new make insert open start',
  'delete remove destroy erase drop discard',
  'list all enumerate browse index',
  'get fetch read retrieve load show view display lookup',
  'update edit change modify set patch alter rename',
  'search find query locate grep',
  'send post deliver publish message notify',
  'stop cancel abort terminate kill end close',
  'run execute invoke launch exec',
  'file document',
  'folder directory dir',
  'user account member person people',
  'repository repo',
  'issue ticket bug',
  'picture image photo',
  'mail email',
  'info information detail details metadata',
  'status state health',
  'config configuration settings setting preferences',
  'db database',
]

const synonyms = new Map<string, readonly string[]>()
for (const group of SYNONYM_GROUPS) {
  const words = group.split(' ').map(stem)
  for (const word of words) {
    synonyms.set(
      word,
      words.filter((other) => other !== word),
    )
  }
}

/** Other words for a stemmed word. */
export function synonymsOf(word: string): readonly string[] {
  return synonyms.get(word) ?? []
}

/** Light English stemming: plural, -ing, -ed, -er endings; enough that `listing files` meets `list file`. */
export function stem(word: string): string {
  if (word.length < 4) return word
  let stemmed = word
  if (stemmed.endsWith('ies') && stemmed.length > 4) stemmed = `${stemmed.slice(0, -3)}y`
  else if (/(?:ss|x|ch|sh|z)es$/.test(stemmed)) stemmed = stemmed.slice(0, -2)
  else if (stemmed.endsWith('s') && !/(?:ss|us|is)$/.test(stemmed)) stemmed = stemmed.slice(0, -1)
  for (const ending of ['ing', 'ed']) {
    const rest = stemmed.slice(0, -ending.length)
    if (!stemmed.endsWith(ending) || rest.length < 3 || !/[aeiouy]/.test(rest)) continue
    stemmed = /([bdgmnprt])\1$/.test(rest) ? rest.slice(0, -1) : rest
    break
  }
  return stemmed.length > 4 && stemmed.endsWith('e') ? stemmed.slice(0, -1) : stemmed
}

/** Lower-case stemmed words of a text; `camelCase`, `snake_case`, dots and digits separate words. */
export function tokens(text: string): string[] {
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  const found: string[] = []
  for (const word of words) if (word !== '' && !STOP_WORDS.has(word)) found.push(stem(word))
  return found
}
