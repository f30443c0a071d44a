import { expect, test } from 'vitest'
import { readQuery } from './read-query.ts'

const names = ['q', 'limit', 'type', 'empty', 'tree']
const query = readQuery({ q: 'read file', limit: '7', type: 'query', empty: '', tree: '1' }, names)

test('a text parameter is returned by its name', () => {
  expect(query.text('q')).toEqual({ q: 'read file' })
})

test('an empty parameter counts as absent', () => {
  expect(query.text('empty')).toEqual({})
})

test('an integer parameter is returned as a number', () => {
  expect(query.integer('limit', 1, 200)).toEqual({ limit: 7 })
})

test('text in place of an integer is refused', () => {
  expect(() => query.integer('q', 1, 200)).toThrow('whole number')
})

test('a parameter with a closed list of values is returned when it is one of them', () => {
  expect(query.oneOf('type', ['query', 'mutation'])).toEqual({ type: 'query' })
})

test('a parameter with a closed list of values is refused when it is none of them', () => {
  expect(() => query.oneOf('q', ['a'])).toThrow('one of a')
})

test('a flag is true for 1', () => {
  expect(query.flag('tree')).toBe(true)
})

test('a flag other than 1 or 0 is refused', () => {
  expect(() => query.flag('limit')).toThrow('1 or 0')
})

test('an unknown parameter is refused', () => {
  expect(() => readQuery({ z: '1' }, ['q'])).toThrow('not known')
})

test('a repeated parameter is refused', () => {
  expect(() => readQuery({ q: ['1', '2'] }, ['q'])).toThrow('once')
})

test('a parameter of over 1024 characters is refused', () => {
  expect(() => readQuery({ q: 'x'.repeat(2000) }, ['q'])).toThrow('1024')
})
