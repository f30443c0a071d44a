import { expect, test } from 'vitest'
import { headerText, pathText, queryPairs } from './parameter-style.ts'

const array = ['blue', 'black', 'brown']
const object = { R: 100, G: 200, B: 150 }
const how = (style: string, explode: boolean) => ({ style, explode, allowReserved: false })
const query = (value: unknown, style: string, explode: boolean) =>
  queryPairs('color', value, how(style, explode))
    .map((pair) => pair.join('='))
    .join('&')

// The table of style values in OpenAPI 3.1.0, section 4.8.12.4.
test.each([
  ['simple', false, 'blue', 'blue,black,brown', 'R,100,G,200,B,150'],
  ['simple', true, 'blue', 'blue,black,brown', 'R=100,G=200,B=150'],
  ['label', false, '.blue', '.blue,black,brown', '.R,100,G,200,B,150'],
  ['label', true, '.blue', '.blue.black.brown', '.R=100.G=200.B=150'],
  ['matrix', false, ';color=blue', ';color=blue,black,brown', ';color=R,100,G,200,B,150'],
  ['matrix', true, ';color=blue', ';color=blue;color=black;color=brown', ';R=100;G=200;B=150'],
])('in the path, %s (explode %s)', (style, explode, one, many, members) => {
  expect(pathText('color', 'blue', how(style, explode))).toBe(one)
  expect(pathText('color', array, how(style, explode))).toBe(many)
  expect(pathText('color', object, how(style, explode))).toBe(members)
})

test.each([
  ['form', true, 'color=blue&color=black&color=brown', 'R=100&G=200&B=150'],
  ['form', false, 'color=blue,black,brown', 'color=R,100,G,200,B,150'],
  ['spaceDelimited', false, 'color=blue%20black%20brown', 'color=R%20100%20G%20200%20B%20150'],
  ['pipeDelimited', false, 'color=blue%7Cblack%7Cbrown', 'color=R%7C100%7CG%7C200%7CB%7C150'],
  [
    'deepObject',
    true,
    'color[0]=blue&color[1]=black&color[2]=brown',
    'color[R]=100&color[G]=200&color[B]=150',
  ],
])('in the query, %s (explode %s)', (style, explode, many, members) => {
  expect(query(array, style, explode)).toBe(many)
  expect(query(object, style, explode)).toBe(members)
})

test('array values in the query are repeated, not joined by commas, unless the document says so (A12)', () => {
  expect(query([1, 2], 'form', true)).toBe('color=1&color=2')
})

test('deepObject goes as deep as the value', () => {
  expect(query({ a: { b: [1, { c: 'd' }] } }, 'deepObject', true)).toBe(
    'color[a][b][0]=1&color[a][b][1][c]=d',
  )
})

test('what has a meaning in addresses is escaped, unless reserved characters are allowed', () => {
  const text = "a/b?c&d=e+f g!'é"
  expect(pathText('p', text, how('simple', false))).toBe('a%2Fb%3Fc%26d%3De%2Bf%20g%21%27%C3%A9')
  expect(queryPairs('q', text, { ...how('form', true), allowReserved: true })).toEqual([
    ['q', "a/b?c%26d%3De%2Bf%20g!'%C3%A9"],
  ])
})

test('reserved characters that are allowed neither end the query nor add a parameter (B9)', () => {
  const allowed = { ...how('form', true), allowReserved: true }
  expect(queryPairs('q', 'x#frag&admin=1', allowed)).toEqual([['q', 'x%23frag%26admin%3D1']])
  expect(pathText('p', 'a/b?c#d', { ...how('simple', false), allowReserved: true })).toBe(
    'a/b%3Fc%23d',
  )
})

test('null, undefined and empty lists are treated as absent; 0, false and the empty string are not', () => {
  for (const value of [null, undefined, [], {}]) expect(query(value, 'form', true)).toBe('')
  expect(query(0, 'form', true)).toBe('color=0')
  expect(query(false, 'form', true)).toBe('color=false')
  expect(query('', 'form', true)).toBe('color=')
})

test('headers are written simple and not percent-encoded', () => {
  expect(headerText('a b', how('simple', false))).toBe('a b')
  expect(headerText(array, how('simple', false))).toBe('blue,black,brown')
  expect(headerText(object, how('simple', true))).toBe('R=100,G=200,B=150')
})
