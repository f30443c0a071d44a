/** Values in a query that say what kind of thing they name. The identifiers of these kinds are short, so no pattern backtracks far. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\s)[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{2,64}/, 'email'],
  [/(?:^|\s)https?:\/\//, 'url'],
  [/(?:^|\s)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/, 'ip'],
  [
    /(?:^|\s)(?:~?\/|\.{1,2}\/)?[\w/-]{1,128}\.(?:c|cpp|css|csv|docx?|env|go|html?|ini|java|jpe?g|js|json|jsx|log|md|mp[34]|pdf|png|pptx?|py|rb|rs|sh|sql|tar|toml|tsx?|txt|wav|xlsx?|xml|ya?ml|zip)(?![\w.])/i,
    'file',
  ],
  [/(?:^|\s)(?:~|\.{1,2})?\/[\w.-]+/, 'file'],
  [/(?:^|\s)\+\d[\d -]{6,15}/, 'phone'],
  [/(?:^|\s)#\d/, 'issue'],
  [/(?:^|\s)#[a-z]/i, 'channel'],
  [/(?:^|\s)@[a-z]/i, 'user'],
  [/[$\u20ac\u00a3]\s?\d/, 'amount'],
]

/** What one of each kind has. */
const SIGNS = /[@/.#+$\u20ac\u00a3]/

/** The kinds of the values in a text: `read README.md` speaks of a file. */
export function literalKinds(text: string): string[] {
  if (!SIGNS.test(text)) return []
  return KINDS.filter(([pattern]) => pattern.test(text)).map(([, kind]) => kind)
}

const TOKEN = /(?<![\w-])[\w-]{9,64}(?![\w-])/g
const MIN_DIGITS = 3

/** A text with the prefixes of its identifiers in their place: `cus_9s6XKzkNRiz8i3` says `cus`, a UUID nothing. */
export function withoutIdentifiers(text: string): string {
  if (!/\d/.test(text)) return text
  return text.replaceAll(TOKEN, (found) => {
    if (found.replaceAll(/\D/g, '').length < MIN_DIGITS) return found
    return /^[a-z]{2,}(?=_)/i.exec(found)?.[0] ?? ' '
  })
}
