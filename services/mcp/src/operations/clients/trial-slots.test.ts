import { expect, test } from 'vitest'
import { TrialSlots } from './trial-slots.ts'

test('one account cannot take the trials of all others', () => {
  const slots = new TrialSlots()
  const leave = slots.enter('ada')
  slots.enter('ada')
  expect(() => slots.enter('ada')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }))
  slots.enter('bob')
  leave()
  slots.enter('ada')
  expect(() => slots.enter('ada')).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }))
})

test('a process tries eight services at a time', () => {
  const slots = new TrialSlots()
  const leave = ['a', 'a', 'b', 'b', 'c', 'c', 'd', 'd'].map((one) => slots.enter(one))
  expect(() => slots.enter('e')).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
  leave[0]?.()
  slots.enter('e')
})
