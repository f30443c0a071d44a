/** A word or phrase that this repository does not use, and what to write in its place. */
export interface WordRule {
  /** Matched without regard to case, as whole words. */
  readonly pattern: string
  readonly instead: string
}

/**
 * Words that are not plain technical English, or that have a standard term in `docs/reference/glossary.md`.
 * A rule is added when a reader had to ask what a sentence means.
 */
export const WORD_RULES: readonly WordRule[] = [
  { pattern: 'anew', instead: 'again' },
  {
    pattern: 'told',
    instead: 'notified, reported, received, said in a message (name who reports what)',
  },
  { pattern: 'for ever', instead: 'forever, or "without a limit"' },
  { pattern: 'whoever', instead: 'name the role: "the caller that", "any account that"' },
  { pattern: 'nobody|no one', instead: '"no provider", "no caller", "no reader"' },
  { pattern: 'somebody|someone', instead: 'name the role: "a caller", "another account"' },
  { pattern: 'so many', instead: 'the number by name: "up to `limit`", "`count` items"' },
  { pattern: 'hearsay', instead: 'unverified data' },
  { pattern: 'mends?|mended|mending', instead: 'fix, repair' },
  { pattern: 'deeds?', instead: 'action, audit entry' },
  { pattern: 'anyhow', instead: 'anyway, or leave it out' },
  { pattern: 'farewells?|goodbyes?|said goodbye', instead: 'unregister, disconnect, close' },
  { pattern: 'turn about', instead: 'alternately, interleaved' },
  { pattern: 'unasked', instead: 'without a request, before credit is granted' },
  { pattern: 'lots?', instead: 'batch (of credits), many' },
  { pattern: 'circles?', instead: 'cycle' },
  { pattern: 'strangers?', instead: '"another account", "an unknown caller", "a new reader"' },
  { pattern: 'doors?', instead: 'entry point' },
  { pattern: 'kill ?switch', instead: 'abort by call id' },
  { pattern: 'hi(?:s|m|mself)|he|she|hers?', instead: 'they, their, or the noun' },
  { pattern: 'moods?', instead: 'variation between runs' },
  {
    pattern: '(?<!there )is no (?:json|yaml|number|text|id|object|file|folder|key|url|name)',
    instead: '"is not a ...", "is not valid JSON"',
  },
  { pattern: 'lest', instead: 'so that ... not' },
  { pattern: 'whence|wherein|whereof|thither|hither|thence', instead: 'from where, in which' },
  { pattern: 'by heart', instead: 'cached, remembered' },
  { pattern: 'hands full', instead: 'at capacity' },
  { pattern: 'heard', instead: 'received' },
  { pattern: 'reseal(?:s|ed|ing)?|sealed again', instead: 're-encrypt' },
  { pattern: 'takes? apart|taken apart', instead: 'parse' },
  { pattern: 'harms?', instead: 'fault, failure (injected)' },
  { pattern: 'newcomers?', instead: 'new provider, new member' },
  { pattern: 'in vain', instead: 'without success' },
  { pattern: 'as good as', instead: 'nearly, effectively' },
  {
    pattern: 'word of honou?r|last word|the word of|(?:its|the|her)s? own word',
    instead: 'report, final status',
  },
  { pattern: 'stands? still|stood still|standing still', instead: 'blocked' },
  { pattern: 'for good', instead: 'permanently' },
  { pattern: '(?:is|are|was|were|be) away', instead: 'unavailable, unreachable' },
  { pattern: 'everybody|everyone|anybody|anyone', instead: 'name the role: "every caller"' },
  { pattern: 'two looks', instead: 'two checks, two readings' },
]
