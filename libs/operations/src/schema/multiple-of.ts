/**
 * Whether a number is a multiple of another, as decimals: `0.07` is a multiple of `0.01`, though dividing them as binary fractions leaves a rest.
 * Exact: each number is taken as the shortest decimal that reads back as it.
 */
export function isMultipleOf(value: number, of: number): boolean {
  if (!Number.isFinite(value)) return false
  if (Number.isSafeInteger(value) && Number.isSafeInteger(of)) return value % of === 0
  const a = decimal(value)
  const b = decimal(of)
  const shift = Math.min(a.exponent, b.exponent)
  return (
    (a.digits * 10n ** BigInt(a.exponent - shift)) %
      (b.digits * 10n ** BigInt(b.exponent - shift)) ===
    0n
  )
}

/** `digits` times ten to the `exponent`. */
function decimal(value: number): { readonly digits: bigint; readonly exponent: number } {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length }
}
