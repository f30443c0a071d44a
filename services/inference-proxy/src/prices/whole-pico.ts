/**
 * A price in US dollars as a whole number of millionths of a millionth of a dollar for one: `factor` 1e6 for a price per million, 1e9 for one
 * per thousand. Throws RangeError for one that is none.
 */
export function wholePico(price: number, factor: number): number {
  const pico = Math.round(price * factor)
  if (!Number.isSafeInteger(pico) || pico < 0) throw new RangeError(`${price} is not a price`)
  return pico
}
