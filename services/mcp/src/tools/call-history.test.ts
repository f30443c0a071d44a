import { expect, test } from 'vitest'
import { CallHistory } from './call-history.ts'

test('operations that a caller has called count more for this caller, up to a maximum', () => {
  const history = new CallHistory()
  expect(history.factorFor('ada')).toBeUndefined()
  history.add('ada', 'fs.read')
  const once = history.factorFor('ada')?.('fs.read') ?? 0
  expect(once).toBeCloseTo(1.05)
  expect(history.factorFor('ada')?.('fs.write')).toBe(1)
  for (let n = 0; n < 1000; n += 1) history.add('ada', 'fs.read')
  expect(history.factorFor('ada')?.('fs.read')).toBe(1.2)
  expect(history.factorFor('bob')).toBeUndefined()
})

test('the callers and operations of the longest ago are forgotten', () => {
  const history = new CallHistory()
  for (let n = 0; n <= 100; n += 1) history.add('ada', `a.op${n}`)
  expect(history.factorFor('ada')?.('a.op0')).toBe(1)
  expect(history.factorFor('ada')?.('a.op1')).toBeGreaterThan(1)
  for (let n = 0; n < 1000; n += 1) history.add(`caller${n}`, 'a.op')
  expect(history.factorFor('ada')).toBeUndefined()
})
