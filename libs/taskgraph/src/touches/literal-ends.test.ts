import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { haveCommonEnds, literalEnds, Prefixes } from './literal-ends.ts'
import { Touches, touchesProblems } from './touches.ts'

test.each([
  ['src/a.ts', 'src/a.ts/', '/src/a.ts', 'a.ts/'],
  ['src/', 'src/', '', ''],
  ['src/**', 'src/', '', ''],
  ['src/**/**/', 'src/', '', ''],
  ['src/**/x*.test.ts', 'src/', '.test.ts', 'x'],
  ['**/a/b', '', '/a/b', 'b/'],
  ['src/{**,a}', 'src/', '', ''],
  ['{a,**}/x', '', '/x', ''],
  ['a[}]b', 'a', 'b', 'a'],
])(
  'the paths of %s begin with "%s", end with "%s", and have a name that begins with "%s"',
  (glob, literalPrefix, literalSuffix, namePrefix) => {
    expect(literalEnds(glob)).toEqual({ literalPrefix, literalSuffix, namePrefix })
  },
)

const piece = fc.constantFrom(
  ...['a', 'b', 'ab', '/', '/', '*', '**', '?', '[ab]', '[!a]', '[}]', '{a,b}', '{**,a}'],
  ...['{,a}', '{a/**,b}', '/**', '**/', '*{*,b}'],
)
const glob = fc
  .array(piece, { minLength: 1, maxLength: 5 })
  .map((pieces) => pieces.join(''))
  .filter((one) => touchesProblems([one]).length === 0)

const alphabet = ['a', 'b', '}', '/']
const paths: string[] = []
const extend = (path: string, left: number): void => {
  if (path !== '' && !path.startsWith('/') && !path.endsWith('/') && !path.includes('//'))
    paths.push(path)
  if (left > 0) for (const char of alphabet) extend(path + char, left - 1)
}
extend('', 4)

test('each path that a random glob matches has the ends of the glob', () => {
  fc.assert(
    fc.property(glob, (one) => {
      const touches = new Touches([one])
      const { literalPrefix, literalSuffix, namePrefix } = literalEnds(one)
      const others = paths.filter(
        (path) =>
          touches.matches(path) &&
          !(
            `${path}/`.startsWith(literalPrefix) &&
            `/${path}`.endsWith(literalSuffix) &&
            `${path.slice(path.lastIndexOf('/') + 1)}/`.startsWith(namePrefix)
          ),
      )
      expect([one, others]).toEqual([one, []])
    }),
    { numRuns: 300 },
  )
})

test('globs with a path in common have common ends', () => {
  fc.assert(
    fc.property(glob, glob, (a, b) => {
      const [first, second] = [new Touches([a]), new Touches([b])]
      const isShared = paths.some((path) => first.matches(path) && second.matches(path))
      const areCommon = haveCommonEnds(literalEnds(a), literalEnds(b))
      expect([a, b, areCommon || !isShared]).toEqual([a, b, true])
    }),
    { numRuns: 300 },
  )
})

test('a text is looked up among prefixes as by one comparison with each', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 4 })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 8 }), text, (all, one) => {
      const expected = all.some((other) => other.startsWith(one) || one.startsWith(other))
      expect(new Prefixes(all).meet(one)).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})
