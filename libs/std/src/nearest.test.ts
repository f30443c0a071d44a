import { expect, test } from 'vitest'
import { didYouMean, nearest } from './nearest.ts'

const names = ['ops', 'spokes', 'spoke', 'dev.clone-605b3a.fs.read', 'dev.clone-605b3a.fs.list']

test('a typing error finds the name that was meant, and a name far from all finds none', () => {
  expect(nearest('opps', names)).toEqual(['ops'])
  expect(nearest('sopkes', names)).toEqual(['spokes'])
  expect(nearest('bananas', names)).toEqual([])
  expect(nearest('', names)).toEqual([])
})

test('a part of the name of an operation finds it', () => {
  expect(nearest('fs.read', names)).toEqual(['dev.clone-605b3a.fs.read'])
  expect(nearest('dev.clone.fs.read', names)).toEqual(['dev.clone-605b3a.fs.read'])
})

test('the question lists what was found', () => {
  expect(didYouMean('spoks', names)).toBe(' Did you mean `spoke` or `spokes`?')
  expect(didYouMean('bananas', names)).toBe('')
})
