import { RE2JS } from 're2js'
import { CodedError } from '@alkdev/errors'

const maxDepth = 10
const maxRangeItems = 1000

/** Decides whether a path with `/` fits a glob. */
export interface Glob {
  fits(path: string): boolean
}

/**
 * A glob as a matcher that runs in time linear in the length of the path, whatever the glob is: `*`, `?`, `**` between slashes,
 * `[a-z]`, `{a,b}`, `{1..9}`, `@(a|b)`, `?(a|b)`, `*(a|b)`, `+(a|b)`, `\` before a literal character. As in a shell, a wildcard does
 * not match the dot at the start of a name. Alternatives are not expanded. Throws CodedError VALIDATION_ERROR for `!(...)`, for
 * nesting deeper than 10 and for ranges of more than 1,000 items in all.
 */
export function compileGlob(glob: string): Glob {
  const source = new Translation(glob).whole()
  try {
    const pattern = RE2JS.compile(String.raw`\A(?:${source})\z`)
    return { fits: (path) => pattern.test(path) }
  } catch (cause) {
    throw new CodedError('VALIDATION_ERROR', 'The glob is not valid.', { cause })
  }
}

const NAME = '[^./][^/]*'

/** One pass over the glob, which makes the text of an RE2 pattern. */
class Translation {
  readonly #glob: string
  #at = 0
  #depth = 0
  #rangeItems = 0
  /** The next character is the first of a name. */
  #atStart = true

  constructor(glob: string) {
    this.#glob = glob
  }

  whole(): string {
    return this.#sequence('')
  }

  /** Up to one of `ends` or the end of the glob. */
  #sequence(ends: string): string {
    let out = ''
    while (this.#at < this.#glob.length && !ends.includes(this.#glob[this.#at] ?? ''))
      out += this.#piece()
    return out
  }

  #piece(): string {
    const c = this.#glob[this.#at] ?? ''
    if ('?*+@!'.includes(c) && this.#glob[this.#at + 1] === '(') return this.#choice(c)
    switch (c) {
      case '*':
        return this.#stars()
      case '?':
        this.#at += 1
        return this.#took(this.#atStart ? '[^./]' : '[^/]')
      case '[':
        return this.#characters()
      case '{':
        return this.#braces()
      case '\\':
        this.#at += 1
        return this.#literal()
      default:
        return this.#literal()
    }
  }

  #took(source: string): string {
    this.#atStart = false
    return source
  }

  #literal(): string {
    const c = String.fromCodePoint(this.#glob.codePointAt(this.#at) ?? 0x5c)
    this.#at += c.length
    this.#atStart = c === '/'
    return RE2JS.quote(c)
  }

  #stars(): string {
    const from = this.#at
    while (this.#glob[this.#at] === '*') this.#at += 1
    const next = this.#glob[this.#at]
    if (this.#at - from > 1 && this.#atStart && next === '/') {
      this.#at += 1
      return `(?:${NAME}/)*`
    }
    if (this.#at - from > 1 && this.#atStart && next === undefined) return `(?:${NAME}/)*${NAME}`
    return this.#took(this.#atStart ? `(?:${NAME})?` : '[^/]*')
  }

  /** `[...]`; without its end the bracket is a character like any other. */
  #characters(): string {
    const found =
      /^\[([!^]?)((?:\]|\[:[a-z]+:\]|\\[^]|[^\]\\/])(?:\[:[a-z]+:\]|\\[^]|[^\]\\/])*)\]/.exec(
        this.#glob.slice(this.#at),
      )
    if (!found) return this.#literal()
    const [whole, not, inside = ''] = found
    this.#at += whole.length
    const safe = inside.replaceAll(/\[:[a-z]+:\]|\\([^])|([\][^&~])/g, (text, escaped, plain) => {
      const c = (escaped ?? plain) as string | undefined
      return c === undefined ? text : /\w/.test(c) ? c : `\\${c}`
    })
    return this.#took(not ? `[^/${this.#atStart ? '.' : ''}${safe}]` : `[${safe}]`)
  }

  /** `@(a|b)` and its kind. */
  #choice(kind: string): string {
    if (kind === '!')
      throw new CodedError('VALIDATION_ERROR', 'The glob uses !(...), which is not supported.')
    this.#at += 2
    const source = this.#alternatives('|', ')')
    return source + (kind === '@' ? '' : kind)
  }

  #braces(): string {
    const range = /^\{(-?\d{1,9}|[a-zA-Z])\.\.(-?\d{1,9}|[a-zA-Z])\}/.exec(
      this.#glob.slice(this.#at),
    )
    if (range) return this.#range(range)
    if (!/[,]/.test(this.#inBraces())) return this.#literal()
    this.#at += 1
    return this.#alternatives(',', '}')
  }

  /** What lies between this brace and its end, inner groups left out; empty when it has no end. */
  #inBraces(): string {
    let depth = 0
    let own = ''
    for (let at = this.#at; at < this.#glob.length; at += 1) {
      const c = this.#glob[at] ?? ''
      if (c === '\\') at += 1
      else if (c === '{') depth += 1
      else if (c === '}') {
        depth -= 1
        if (depth === 0) return own
      } else if (depth === 1) own += c
    }
    return ''
  }

  #alternatives(separator: string, end: string): string {
    this.#depth += 1
    if (this.#depth > maxDepth)
      throw new CodedError('VALIDATION_ERROR', `The glob is nested deeper than ${maxDepth}.`)
    const start = this.#atStart
    const sources: string[] = []
    for (;;) {
      this.#atStart = start
      sources.push(this.#sequence(separator + end))
      const c = this.#glob[this.#at]
      this.#at += 1
      if (c === end) break
      if (c === undefined)
        throw new CodedError('VALIDATION_ERROR', `The glob has a group without its ${end}.`)
    }
    this.#depth -= 1
    return `(?:${sources.join('|')})`
  }

  #range([whole, from = '', to = '']: RegExpExecArray): string {
    this.#at += whole.length
    const numbers = /\d$/.test(from) && /\d$/.test(to)
    const value = (text: string): number => (numbers ? Number(text) : text.charCodeAt(0))
    const [low, high] = [value(from), value(to)].toSorted((a, b) => a - b) as [number, number]
    this.#rangeItems += high - low + 1
    if (this.#rangeItems > maxRangeItems)
      throw new CodedError(
        'VALIDATION_ERROR',
        `The ranges of the glob have over ${maxRangeItems} items.`,
      )
    const items = Array.from({ length: high - low + 1 }, (_, at) => low + at)
    const sources = items.map((item) => (numbers ? String(item) : String.fromCharCode(item)))
    return this.#took(`(?:${sources.map((text) => RE2JS.quote(text)).join('|')})`)
  }
}
