import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { linearRegExp } from './linear-regexp.ts'
import { compileSchema } from './validator.ts'

test('patterns that make a backtracking engine hang are decided at once', () => {
  const text = `${'a'.repeat(50_000)}!`
  for (const pattern of [
    '^(a+)+$',
    '^(a|aa)+$',
    '(a*)*b',
    '^(.*a){12}$',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '^a*a*a*a*a*a*$',
  ])
    expect([pattern, linearRegExp(pattern).test(text)]).toEqual([pattern, false])
})

test('patterns mean what ECMA-262 says, spaces, line ends and letters of all scripts included', () => {
  const samples = [
    '',
    'a',
    'A',
    'ab',
    'a b',
    'a\u00a0b',
    '\u2028',
    'é',
    'ß',
    '日本',
    '😀',
    'a1_-',
    'x\ny',
    '\r',
    '12',
    '/',
    'a.b',
  ]
  const patterns = [
    String.raw`^\S+$`,
    String.raw`\s`,
    String.raw`^(\s|x)*$`,
    String.raw`[\s]`,
    '^.$',
    '^(.|x)+$',
    String.raw`^\d+$`,
    String.raw`^\w+$`,
    String.raw`\W`,
    String.raw`^(\p{L})+$`,
    String.raw`^\p{Letter}+$`,
    String.raw`[^\p{L}]`,
    '^[a-z]{1,3}$',
    '^(?:a|ab)$',
    String.raw`\u0061`,
    '^[^a]*$',
    'a|b',
    String.raw`^\/$`,
    String.raw`a\.b`,
    '(?<name>a)',
    '',
    String.raw`\ba`,
    '^a?b?$',
  ]
  for (const pattern of patterns) {
    const ours = linearRegExp(pattern)
    const native = new RegExp(pattern, 'u')
    for (const sample of samples)
      expect([pattern, sample, ours.test(sample)]).toEqual([pattern, sample, native.test(sample)])
  }
})

test('generated patterns agree with the engine of the platform', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '[ab]',
    '[^a]',
    '.',
    String.raw`\d`,
    String.raw`\s`,
    String.raw`\w`,
    '(a|b)',
    '(?:ab)',
  )
  const quantified = fc
    .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{0,2}'))
    .map(([one, quantifier]) => one + quantifier)
  const pattern = fc
    .tuple(
      fc.constantFrom('', '^'),
      fc.array(quantified, { maxLength: 5 }),
      fc.constantFrom('', '$'),
    )
    .map(([start, parts, end]) => start + parts.join('') + end)
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '\n', 'c'), maxLength: 12 })
  fc.assert(
    fc.property(pattern, text, (source, sample) => {
      expect(linearRegExp(source).test(sample)).toBe(new RegExp(source, 'u').test(sample))
    }),
    { numRuns: 1000 },
  )
})

test('bounds that are usual for texts are understood', () => {
  expect(linearRegExp('^.{1,4096}$').test('x'.repeat(4096))).toBe(true)
  expect(linearRegExp('^.{1,4096}$').test('x'.repeat(4097))).toBe(false)
  expect(linearRegExp('^[a-z0-9][a-z0-9-]{0,62}$').test('a-1')).toBe(true)
})

test('what cannot run in linear time is refused, and the schema with it', () => {
  for (const pattern of ['(?=a)b', '(?<!a)b', String.raw`(a)\1`, '('])
    expect(() => linearRegExp(pattern)).toThrow(SyntaxError)
  expect(() => compileSchema({ pattern: '(?=a)b' })).toThrow('linear time')
  expect(() => compileSchema({ patternProperties: { '(?=a)b': {} } })).toThrow('linear time')
})

test('needless escapes, which many documents have, are understood', () => {
  expect(linearRegExp(String.raw`^[\w\-\.]+\@x$`).test('a-b.c@x')).toBe(true)
  expect(compileSchema({ pattern: String.raw`^\_\-a$` }).check('_-a')).toBe(true)
})

test('two patterns of one schema are kept apart', () => {
  const both = compileSchema({
    properties: { a: { pattern: '^(a|b)$' }, b: { pattern: '^(c|d)$' } },
  })
  expect(both.check({ a: 'a', b: 'c' })).toBe(true)
  expect(both.check({ a: 'c' })).toBe(false)
  expect(both.check({ b: 'a' })).toBe(false)
})

test.each([
  [String.raw`(a)\1`],
  [String.raw`(?<n>a)\k<n>`],
  [String.raw`^(?<n>[ab])-\k<n>$`],
  [String.raw`(?<n>a)|b\k<n>`],
  [String.raw`\k<n>(?<n>a)`],
])('the back reference in %s is refused, by number as by name', (pattern) => {
  expect(() => linearRegExp(pattern)).toThrow('cannot be run in linear time')
  expect(() => compileSchema({ type: 'string', pattern })).toThrow('cannot be run in linear time')
})
