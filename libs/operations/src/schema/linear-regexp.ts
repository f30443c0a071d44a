import { RE2JS } from 're2js'

/** Decides a pattern in time linear in the length of the text. */
export interface LinearRegExp {
  test(text: string): boolean
  toString(): string
}

/**
 * An ECMA-262 pattern (as in JSON Schema: unicode, unanchored) that runs in linear time, also for a pattern of an unknown author: the engine's own
 * RegExp for the forms that cannot backtrack, RE2 for the rest. Throws SyntaxError for what neither can run
 * (look-around, back references, repetition counts above 1000 inside other forms).
 */
export function linearRegExp(pattern: string): LinearRegExp {
  if (cannotBacktrack(pattern)) {
    try {
      return new RegExp(pattern, 'u')
    } catch {
      // Not valid with the u flag; RE2 is more lenient about needless escapes.
    }
  }
  return new Re2(pattern)
}

class Re2 implements LinearRegExp {
  readonly #pattern: string
  readonly #re2: RE2JS

  constructor(pattern: string) {
    this.#pattern = pattern
    try {
      this.#re2 = RE2JS.compile(RE2JS.translateRegExp(toRe2(pattern)))
    } catch (error) {
      throw new SyntaxError(
        `the pattern ${JSON.stringify(pattern.slice(0, 200))} cannot be run in linear time`,
        { cause: error },
      )
    }
  }

  test(text: string): boolean {
    return this.#re2.test(text)
  }

  /** Tells patterns apart for the schema compiler, which keeps one engine for each text. */
  toString(): string {
    return `/${this.#pattern}/re2`
  }
}

const ATOM = String.raw`(?:\[(?:[^\]\\]|\\[^pPkbB1-9])+\]|\\[dDwWsSnrtfv.*+?^$|()[\]{}\\/-]|[^\\[\](){}|^$*+?])`
const QUANTIFIER = String.raw`(?:\{\d{1,6}(?:,\d{0,6})?\}|[*+?])`
const SEQUENCE = new RegExp(`^\\^?(?:${ATOM}${QUANTIFIER}?)*\\$?$`, 'u')
const EACH = new RegExp(`${ATOM}(${QUANTIFIER})?`, 'gu')

/**
 * A plain sequence of characters and classes. Without quantifiers it may start anywhere; with them it must be anchored and have few
 * ways to be matched: one repetition of any length (or up to any bound) and others with at most 32 combinations. So the steps are a constant times the length.
 */
function cannotBacktrack(pattern: string): boolean {
  if (pattern.length > 256 || !SEQUENCE.test(pattern)) return false
  const ways: number[] = []
  let quantified = false
  for (const [, quantifier] of pattern.matchAll(EACH)) {
    if (quantifier === undefined) continue
    quantified = true
    ways.push(waysOf(quantifier))
  }
  if (!quantified) return true
  if (!pattern.startsWith('^')) return false
  const others = ways.toSorted((a, b) => b - a).slice(1)
  return others.reduce((product, each) => product * each, 1) <= 32
}

/** How many lengths a repetition may have. */
function waysOf(quantifier: string): number {
  if (quantifier === '?') return 2
  if (quantifier === '*' || quantifier === '+') return Number.POSITIVE_INFINITY
  const [low = '0', high] = quantifier.slice(1, -1).split(',')
  if (high === undefined) return 1
  return high === '' ? Number.POSITIVE_INFINITY : Math.max(1, Number(high) - Number(low) + 1)
}

const SPACES = String.raw`\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`
const LINE_ENDS = String.raw`\n\r\u2028\u2029`

/** The forms that mean something else in RE2: `\s`, `\S` and `.` know all of Unicode's spaces and line ends in ECMA-262. */
function toRe2(pattern: string): string {
  let out = ''
  let inClass = false
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]
    if (c === '\\') {
      const next = pattern[++i] ?? ''
      if (next === 's') out += inClass ? SPACES : `[${SPACES}]`
      else if (next === 'S' && !inClass) out += `[^${SPACES}]`
      else if (next === 'S') throw new SyntaxError('a class that contains \\S is not supported')
      else if (next === 'k') throw new SyntaxError('a back reference is not supported')
      else if (next === 'p' || next === 'P') {
        const [whole, name] = /^\{(\w+)\}/.exec(pattern.slice(i + 1)) ?? []
        if (whole === undefined || name === undefined) out += `\\${next}`
        else {
          out += `\\${next}{${CATEGORIES[name] ?? name}}`
          i += whole.length
        }
      } else out += `\\${next}`
    } else if (inClass) {
      if (c === ']') inClass = false
      out += c
    } else if (c === '[') {
      inClass = true
      out += c
      if (pattern[i + 1] === '^') out += pattern[++i]
      if (pattern[i + 1] === ']') throw new SyntaxError('an empty class is not supported')
    } else out += c === '.' ? `[^${LINE_ENDS}]` : c
  }
  return out
}

/** Long names of Unicode's general categories, which RE2 knows by their short ones. */
const CATEGORIES: Readonly<Record<string, string>> = {
  Letter: 'L',
  Lowercase_Letter: 'Ll',
  Uppercase_Letter: 'Lu',
  Titlecase_Letter: 'Lt',
  Modifier_Letter: 'Lm',
  Other_Letter: 'Lo',
  Mark: 'M',
  Number: 'N',
  Decimal_Number: 'Nd',
  digit: 'Nd',
  Letter_Number: 'Nl',
  Other_Number: 'No',
  Punctuation: 'P',
  punct: 'P',
  Symbol: 'S',
  Separator: 'Z',
  Space_Separator: 'Zs',
  Other: 'C',
  Control: 'Cc',
}
