/**
 * A pattern for the decimal texts of the integers from `low` to `high`, without leading zeros, without an exponent: `^(?:0|-?[1-9])$` for -9 to 9.
 * Undefined when there is no such integer. Its length grows with the digits of the bounds, not with the range.
 */
export function decimalPattern(low: bigint, high: bigint): string | undefined {
  if (low > high) return undefined
  const options: string[] = []
  if (low <= 0n && high >= 0n) options.push('0')
  // What both signs may have is written once: the bounds of a signed format differ by one.
  const both = low < 0n && high > 0n ? (-low < high ? -low : high) : 0n
  options.push(...magnitudes(1n, both).map((one) => `-?${one}`))
  options.push(...magnitudes(low > both ? low : both + 1n, high))
  options.push(...magnitudes(-high > both ? -high : both + 1n, -low).map((one) => `-${one}`))
  return `^(?:${options.join('|')})$`
}

/** Patterns for the integers from `low` (at least 1) to `high`, one for each length that is not complete and one for all that are. */
function magnitudes(low: bigint, high: bigint): string[] {
  const options: string[] = []
  let complete: [number, number] | undefined
  for (let digits = low.toString().length; digits <= high.toString().length; digits++) {
    const first = 10n ** BigInt(digits - 1)
    const last = first * 10n - 1n
    const from = low > first ? low : first
    const to = high < last ? high : last
    if (from > to) continue
    if (from === first && to === last) complete = [complete?.[0] ?? digits - 1, digits - 1]
    else options.push(between(from.toString(), to.toString()))
  }
  if (complete !== undefined) options.unshift(`[1-9]${anyDigits(...complete)}`)
  return options
}

/** Texts of one length from `low` to `high`. */
function between(low: string, high: string): string {
  const [a, b] = [low.charAt(0), high.charAt(0)]
  const [restOfLow, restOfHigh] = [low.slice(1), high.slice(1)]
  if (low === '') return ''
  if (a === b) return a + between(restOfLow, restOfHigh)
  const rest = restOfLow.length
  let [from, to] = [Number(a), Number(b)]
  const options: string[] = []
  if (/[^0]/.test(restOfLow)) {
    options.push(a + between(restOfLow, '9'.repeat(rest)))
    from++
  }
  const isCut = /[^9]/.test(restOfHigh)
  if (isCut) to--
  if (from <= to) options.push(digitsFrom(from, to) + anyDigits(rest, rest))
  if (isCut) options.push(b + between('0'.repeat(rest), restOfHigh))
  return options.length === 1 ? (options[0] ?? '') : `(?:${options.join('|')})`
}

function digitsFrom(from: number, to: number): string {
  if (from === to) return `${from}`
  return to === from + 1 ? `[${from}${to}]` : `[${from}-${to}]`
}

function anyDigits(least: number, most: number): string {
  if (most === 0) return ''
  if (least === most) return most === 1 ? '\\d' : `\\d{${most}}`
  return least === 0 && most === 1 ? '\\d?' : `\\d{${least},${most}}`
}
