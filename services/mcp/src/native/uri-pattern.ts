/** Characters of a URI that is compared with templates, or watched. */
export const MAX_URI = 2048
/** Variables of a template. */
const MAX_VARIABLES = 32

/** What stands in a URI at one place of a template: a text, or characters for a variable. */
type Step = string | Variable

interface Variable {
  readonly name: string
  /** Characters that end its value. */
  readonly stops: string
  /** Its value may be a list, with commas between items that are not empty. */
  readonly isList: boolean
}

type Variables = Readonly<Record<string, string | readonly string[]>>

/**
 * A URI template (RFC 6570) that is compared with URIs. Each variable takes as many characters as the rest of the template allows, at least one. The time grows
 * with the lengths of both and no faster, for all templates and URIs: both come from callers, and a regular expression takes years for some.
 */
export class UriPattern {
  readonly #steps: readonly Step[]

  private constructor(steps: readonly Step[]) {
    this.#steps = steps
  }

  /** Undefined for a text that is no template, or has more than 32 variables. */
  static of(template: string): UriPattern | undefined {
    const steps: Step[] = []
    let at = 0
    for (let from = template.indexOf('{'); from >= 0; from = template.indexOf('{', at)) {
      const to = template.indexOf('}', from)
      if (to < 0) return undefined
      if (from > at) steps.push(template.slice(at, from))
      steps.push(...stepsOf(template.slice(from + 1, to)))
      at = to + 1
    }
    if (at < template.length) steps.push(template.slice(at))
    const variables = steps.filter((step) => typeof step !== 'string')
    return variables.length > MAX_VARIABLES ? undefined : new UriPattern(steps)
  }

  /** The variables of a URI; undefined for one that does not fit, or is too long. */
  match(uri: string): Variables | undefined {
    if (uri.length > MAX_URI) return undefined
    /** For each step, and behind the last one: 1 at the places of the URI from which the rest of it fits. */
    const fits: Uint8Array[] = [new Uint8Array(uri.length + 1).fill(1, uri.length)]
    for (const step of this.#steps.toReversed()) fits.unshift(placesOf(step, uri, fits[0]))
    if (fits[0]?.[0] !== 1) return undefined
    const found: [string, string | string[]][] = []
    let at = 0
    for (const [index, step] of this.#steps.entries()) {
      if (typeof step === 'string') {
        at += step.length
        continue
      }
      const end = endOf(step, uri, at, fits[index + 1])
      const value = uri.slice(at, end)
      found.push([step.name, step.isList && value.includes(',') ? value.split(',') : value])
      at = end
    }
    return Object.fromEntries(found)
  }
}

/** The steps of an expression, without its braces. */
function stepsOf(expression: string): Step[] {
  const [operator = ''] = /^[+#./?&]?/.exec(expression) ?? []
  const names = expression
    .slice(operator.length)
    .split(',')
    .map((name) => name.replaceAll('*', '').trim())
    .filter((name) => name !== '')
  if (operator === '?' || operator === '&')
    return names.flatMap((name, at) => [
      `${at === 0 ? operator : '&'}${name}=`,
      { name, stops: '&', isList: false },
    ])
  const [name = ''] = names
  if (operator === '+' || operator === '#') return [{ name, stops: '', isList: false }]
  const isList = operator !== '.' && expression.includes('*')
  const variable = { name, stops: isList ? '/' : '/,', isList }
  return operator === '' ? [variable] : [operator, variable]
}

/** The places from which a step and the rest behind it fit. `rest`: those from which the rest does. */
function placesOf(step: Step, uri: string, rest: Uint8Array = new Uint8Array()): Uint8Array {
  const places = new Uint8Array(uri.length + 1)
  if (typeof step === 'string') {
    for (let at = uri.indexOf(step); at >= 0; at = uri.indexOf(step, at + 1))
      if (rest[at + step.length] === 1) places[at] = 1
    return places
  }
  /** 1 where the value may go on, or end, behind a character of it. */
  const inside = new Uint8Array(uri.length + 2)
  for (let at = uri.length; at >= 0; at -= 1) {
    const goesOn = isOf(step, uri, at) && inside[at + 1] === 1
    const nextItem =
      step.isList && uri[at] === ',' && isOf(step, uri, at + 1) && inside[at + 2] === 1
    inside[at] = rest[at] === 1 || goesOn || nextItem ? 1 : 0
    if (goesOn) places[at] = 1
  }
  return places
}

/** The last place behind a value that begins at `from` from which the rest fits. */
function endOf(variable: Variable, uri: string, from: number, rest: Uint8Array | undefined) {
  let end = from
  for (let at = from; at < uri.length; at += 1) {
    const isSeparator = variable.isList && uri[at] === ',' && at > from
    if (isSeparator && isOf(variable, uri, at + 1)) at += 1
    else if (!isOf(variable, uri, at)) break
    if (rest?.[at + 1] === 1) end = at + 1
  }
  return end
}

/** Whether a character may be one of a value; in a list, of an item. */
function isOf({ stops, isList }: Variable, uri: string, at: number): boolean {
  const char = uri[at]
  return char !== undefined && !stops.includes(char) && !(isList && char === ',')
}
