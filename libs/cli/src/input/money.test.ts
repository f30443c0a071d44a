import { expect, test } from 'vitest'
import { dollars, microsOf } from './money.ts'

test.each([
  ['20', 20_000_000, '$20.00'],
  ['0.05', 50_000, '$0.05'],
  ['$1.234567', 1_234_567, '$1.234567'],
  ['0.000001', 1, '$0.000001'],
  ['3.100000', 3_100_000, '$3.10'],
])('%s US dollars are %i millionths, shown as %s', (text, micros, shown) => {
  expect(microsOf('cost', text)).toBe(micros)
  expect(dollars(micros)).toBe(shown)
})

test.each(['', '-1', '1.', '.5', '1e3', '0.0000001', 'x'])('%j is no amount', (text) => {
  expect(() => microsOf('cost', text)).toThrow('--cost takes an amount in US dollars')
})
