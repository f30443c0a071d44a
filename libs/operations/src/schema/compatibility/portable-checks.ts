/** Characters that every engine for regular expressions treats alike. */
const PRINTABLE = /^[ -~]*$/

/**
 * Whether the text matches the pattern of a schema; `undefined` where engines may differ: JSON Schema leaves the engine open, and those
 * that run in linear time take other characters for blanks and ends of lines.
 */
export function matches(source: unknown, text: string): boolean | undefined {
  if (typeof source !== 'string' || !PRINTABLE.test(text)) return undefined
  try {
    return new RegExp(source, 'u').test(text)
  } catch {
    return undefined
  }
}

const MAX_DECIMALS = 9

function decimalsOf(value: number): number {
  const [, fraction = ''] = String(value).split('.')
  return /^\d*$/.test(fraction) ? fraction.length : Infinity
}

/**
 * Whether the value is a multiple; `undefined` where validators differ: some divide binary fractions (0.3 is then no multiple of 0.1),
 * some decimal ones.
 */
export function isMultiple(value: number, of: number): boolean | undefined {
  const binary = Number.isInteger(value / of)
  const decimals = Math.max(decimalsOf(value), decimalsOf(of))
  if (decimals > MAX_DECIMALS) return undefined
  const [a, b] = [Math.round(value * 10 ** decimals), Math.round(of * 10 ** decimals)]
  if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b) || b === 0) return undefined
  return (a % b === 0) === binary ? binary : undefined
}
