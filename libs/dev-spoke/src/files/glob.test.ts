import { matchesGlob } from 'node:path'
import { array, assert, constantFrom, property } from 'fast-check'
import { expect, test } from 'vitest'
import { compileGlob } from './glob.ts'

const long = `atk/${'a'.repeat(60)}`
const invalid = expect.objectContaining({ code: 'VALIDATION_ERROR' }) as Error

// No duration is asserted: with a backtracking matcher none of these ends in reasonable time.
test.each([
  ['atk/*(a|a)*(a|a)*(a|a)*(a|a)b', long],
  [`atk/${'*(a|a)'.repeat(32)}b`, long],
  [`atk/${'*a'.repeat(30)}b`, long],
  [`${'*'.repeat(199)}b`, 'a'.repeat(4000)],
  [`${'**/'.repeat(60)}b`, 'a/'.repeat(2000)],
  [`${'*/'.repeat(60)}**`, 'a'.repeat(4000)],
  [`+(+(+(+(a|b)|c)|d)|e)${'+(a|a)'.repeat(20)}x`, 'a'.repeat(4000)],
  ['{a,b}'.repeat(40), 'ab'.repeat(19)],
  [`${'{a,{a,{a,b}}}'.repeat(13)}x`, 'a'.repeat(13)],
  [`${'{a,a}*'.repeat(28)}x`, 'a'.repeat(4000)],
  ['?(a)'.repeat(50), 'b'.repeat(50)],
])('the glob %s does not fit and is decided at once', (glob, path) => {
  expect(compileGlob(glob).fits(path)).toBe(false)
})

test.each([
  ['!(a|b)'],
  ['{1..5000}'],
  ['{1..999}'.repeat(2)],
  ['@('.repeat(11) + ')'.repeat(11)],
  ['@(a|b'],
])('the glob %s is refused', (glob) => {
  expect(() => compileGlob(glob)).toThrow(invalid)
})

test.each([
  ['**/*.ts', ['a.ts', 'x/y/a.ts'], ['a.js', 'a.ts/x', '.x/a.ts', 'x/.a.ts']],
  ['src/**', ['src/a', 'src/b/c'], ['src', 'src2/a', 'src/.git/x']],
  ['{src,test/unit}/*.{ts,js}', ['src/a.ts', 'test/unit/b.js'], ['test/a.ts']],
  ['file{1..3}.txt', ['file1.txt', 'file3.txt'], ['file4.txt', 'file.txt']],
  ['[a-c]?[!x]', ['abc', 'c1y'], ['d1y', 'a1x', 'ab/', 'a']],
  ['[[:digit:]]*', ['1a'], ['a1']],
  ['[]a]b', ['ab', ']b'], ['b']],
  [String.raw`a\*b\{c`, ['a*b{c'], ['axb{c']],
  ['@(a|b)+(c)?(d)*(e)', ['ac', 'bccdee'], ['a', 'dc']],
  ['.github/*.yml', ['.github/a.yml'], ['github/a.yml']],
  ['a{b', ['a{b'], ['ab']],
  ['a(b)$^.+|', ['a(b)$^.+|'], ['ab']],
  ['✓/é*', ['✓/éa'], ['✓/e']],
])('%s fits %j and not %j', (glob, fits, not) => {
  const compiled = compileGlob(glob)
  for (const path of fits) expect([path, compiled.fits(path)]).toEqual([path, true])
  for (const path of not) expect([path, compiled.fits(path)]).toEqual([path, false])
})

test('it decides as path.matchesGlob does', () => {
  const globs = array(constantFrom('a', 'b', '*', '?', '[ab]', '{a,b}', '/', '/**/', 'a*'), {
    minLength: 1,
    maxLength: 6,
  })
  const paths = array(constantFrom('a', 'b', 'ab', 'ba', 'c'), { minLength: 1, maxLength: 4 })
  assert(
    property(globs, paths, (pieces, names) => {
      const glob = pieces.join('')
      // Doubled slashes and a slash at an end are not used in practice, and matchers differ in their meaning.
      if (/\/\/|^\/|\/$|\*\*\*|\*\*(?!\/)|[^/]\*\*/.test(glob)) return
      const path = names.join('/')
      expect([glob, path, compileGlob(glob).fits(path)]).toEqual([
        glob,
        path,
        matchesGlob(path, glob),
      ])
    }),
    { numRuns: 2000, seed: 10 },
  )
})
