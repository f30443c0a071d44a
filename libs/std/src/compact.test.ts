import { expect, expectTypeOf, test } from 'vitest'
import { compact } from './index.ts'

test('members that are undefined are left out, and the others keep their order', () => {
  const members = compact({ b: 1, a: undefined, 2: 'two', c: 3 })
  expect(members).toStrictEqual({ b: 1, 2: 'two', c: 3 })
  expect(Object.keys(members)).toEqual(['2', 'b', 'c'])
})

test('null, false, zero and the empty text are kept', () => {
  const members = { a: null, b: false, c: 0, d: '', e: Number.NaN }
  expect(compact(members)).toStrictEqual(members)
})

test('the given object is neither changed nor returned', () => {
  const members = Object.freeze({ a: 1, b: undefined })
  expect(compact(members)).toStrictEqual({ a: 1 })
  const full = { a: 1 }
  expect(compact(full)).not.toBe(full)
})

test('inherited members, hidden members and symbols are not copied', () => {
  const members = Object.create({ inherited: 1 }) as object
  Object.defineProperty(members, 'hidden', { value: 1 })
  Object.assign(members, { own: 1, [Symbol('s')]: 1 })
  expect(Reflect.ownKeys(compact(members))).toEqual(['own'])
})

test('a member __proto__ is copied and sets no prototype', () => {
  const copy = compact(JSON.parse('{"__proto__":{"admin":true},"a":1}') as object)
  expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  expect(Object.keys(copy)).toEqual(['__proto__', 'a'])
  expect('admin' in copy).toBe(false)
  expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true},"a":1}')
})

test('the members become optional and lose undefined, but not null', () => {
  const members = compact({} as { a: string | undefined; b: number | null; c?: boolean })
  expectTypeOf(members).toEqualTypeOf<{ a?: string; b?: number | null; c?: boolean }>()
  const exact: { readonly id: number; readonly a?: string } = { id: 1, ...compact({ a: 'x' }) }
  expect(exact).toStrictEqual({ id: 1, a: 'x' })
})
