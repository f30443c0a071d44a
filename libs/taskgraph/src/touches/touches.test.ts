import { matchesGlob } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ComparisonSteps } from './comparison-steps.ts'
import { globAutomaton, intersectRanges } from './glob-steps.ts'
import type { GlobAutomaton } from './glob-steps.ts'
import { MAX_TOUCHES } from './limits.ts'
import { nextPathPart, PathPart } from './path-parts.ts'
import { Touches, touchesProblems } from './touches.ts'

const overlap = (a: string, b: string) => new Touches([a]).overlap(new Touches([b]))

describe('matching', () => {
  test.each([
    ['src/a.ts', 'src/a.ts', true],
    ['src', 'src/a/b.ts', false],
    ['src/', 'src/a/b.ts', true],
    ['src/**', 'src/a/b.ts', true],
    ['src/**', 'src', true],
    ['**', '.env', true],
    ['src/*', 'src/.hidden', true],
    ['*.ts', 'src/a.ts', false],
    ['**/*.ts', 'a.ts', true],
    ['**/*.ts', 'src/x/a.ts', true],
    ['src/**/test/*.ts', 'src/test/a.ts', true],
    ['src/**/test/*.ts', 'src/a/b/test/a.ts', true],
    ['src/{a,b/**}.ts', 'src/a.ts', true],
    ['src/[a-c]?.ts', 'src/bz.ts', true],
    ['src/[!a-c].ts', 'src/b.ts', false],
    ['src/[!a].ts', 'src//.ts', false],
    ['app/(group)/page.tsx', 'app/(group)/page.tsx', true],
    ['a/', 'a//b', false],
    ['a/', 'a/../b', false],
    ['?', '😀', true],
  ])('%s on %s: %s', (glob, path, expected) => {
    expect(new Touches([glob]).matches(path)).toBe(expected)
  })
})

describe('overlap', () => {
  test.each([
    ['src/**', 'src/a.ts'],
    ['src/', 'src/a.ts'],
    ['src/**', 'src'],
    ['*a*', '*b*'],
    ['src/*.ts', 'src/{index,main}.*'],
    ['**/x', 'a/b/**'],
    ['[a-c]', '[!ab]'],
  ])('%s and %s overlap, and the path that proves it matches both', (a, b) => {
    const found = overlap(a, b)
    expect(found).toMatchObject({ first: a, second: b })
    expect(new Touches([a]).matches(found?.path ?? '')).toBe(true)
    expect(new Touches([b]).matches(found?.path ?? '')).toBe(true)
  })

  test.each([
    ['src/*.ts', 'src/*.md'],
    ['src/a', 'src/ab'],
    ['*a', '*b'],
    ['a/?', 'a/[.]'],
    ['a*/b', 'b*/b'],
    ['[a-c]', '[!a-c]'],
    ['a/b*', 'a/[!b]*'],
    ['**/a.ts', 'x/b.ts'],
  ])('%s and %s do not overlap', (a, b) => {
    expect(overlap(a, b)).toBeUndefined()
    expect(overlap(b, a)).toBeUndefined()
  })

  test('no globs overlap with nothing', () => {
    expect(new Touches([]).overlap(new Touches(['**']))).toBeUndefined()
  })

  // The oracle lists all paths of up to five characters over a small alphabet and asks Node's matcher.
  const alphabet = ['a', 'b', '/']
  const paths: string[] = []
  const extend = (path: string, left: number): void => {
    if (path !== '' && !path.startsWith('/') && !path.endsWith('/') && !path.includes('//'))
      paths.push(path)
    if (left > 0) for (const char of alphabet) extend(path + char, left - 1)
  }
  extend('', 5)
  // Node does not count the folder itself as matched by `a/**`.
  const oracle = (pattern: string, path: string): boolean =>
    matchesGlob(path, pattern) || (pattern.endsWith('/**') && oracle(pattern.slice(0, -3), path))
  const part = fc.oneof(
    fc.constant('**'),
    fc
      .array(fc.constantFrom('a', 'b', '*', '?', '[ab]', '[!a]', '{a,b}', '{a,*b}'), {
        minLength: 1,
        maxLength: 2,
      })
      .map((tokens) => tokens.join('').replaceAll('**', '*')),
  )
  const glob = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))

  test('for random globs it says what listing all short paths says', () => {
    fc.assert(
      fc.property(glob, glob, (first, second) => {
        const [a, b] = [new Touches([first]), new Touches([second])]
        const inBoth = paths.filter((path) => oracle(first, path) && oracle(second, path))
        for (const path of paths)
          expect([path, a.matches(path)]).toEqual([path, oracle(first, path)])
        const found = a.overlap(b)
        expect(found !== undefined || inBoth.length === 0).toBe(true)
        const proof = found?.path
        const proven =
          proof === undefined ||
          (a.matches(proof) && b.matches(proof) && oracle(first, proof) && oracle(second, proof))
        expect([proof, proven]).toEqual([proof, true])
      }),
      { numRuns: 200 },
    )
  })
})

test.each([
  ['/etc/passwd', 'empty part'],
  ['../x', '".."'],
  ['a/./b', '"."'],
  ['a//b', 'empty part'],
  ['', 'empty part'],
  ['a\\b', '"\\"'],
  ['!a', '"!"'],
  ['a[b', '"["'],
  ['a{b', '"{"'],
  ['a}b', '"}"'],
  ['{a}', 'single alternative'],
  ['{a,/b}', 'empty part'],
  ['{a,..}/b', '".."'],
  ['@(a|b)', 'group'],
  ['[[:alpha:]]', 'named class'],
  ['[z-a]', 'ends before it begins'],
  ['[a/b]', 'inside "[...]"'],
  [' a', 'blank'],
  ['a\u0000', 'control character'],
  ['{a,{b,{c,{d,{e,f}}}}}', 'deeper than 4'],
  ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}', 'too many'],
  ['{aaaaaaaa,bbbbbbbb}'.repeat(6), '1024 characters'],
])('the glob %j is refused with the reason', (glob, reason) => {
  const [problem] = touchesProblems([glob])
  expect(problem?.message).toContain(reason)
  expect(() => new Touches([glob])).toThrow(problem?.message)
})

test('nested braces stand for each alternative', () => {
  const touches = new Touches(['{a,b{c,d}}.ts'])
  expect(['a.ts', 'bc.ts', 'bd.ts', 'b.ts'].map((path) => touches.matches(path))).toEqual([
    true,
    true,
    true,
    false,
  ])
})

test('stars in a row say as much as one, and take no longer', () => {
  const stars = '*'.repeat(190)
  expect(new Touches([`a${stars}b`]).matches('a-b')).toBe(true)
  expect(new Touches([`a${stars}b`]).matches('a/b')).toBe(false)
  expect(new Touches([`[*]**`]).matches('*a')).toBe(true)
  const some = (end: string) => new Touches([1, 2, 3, 4, 5].map((n) => `${stars}${n}${end}`))
  expect(some('a').overlap(some('b'))).toBeUndefined()
})

describe('comparing with less work', () => {
  /** Whether two globs without braces have a path in common: every pair of states, over every character that a glob could tell apart. */
  const slowly = (first: string, second: string): boolean => {
    const [a, b] = [first, second].map((one) => globAutomaton(one, one)) as GlobAutomaton[]
    const characters = Array.from('abcxyz/.', (char) => char.charCodeAt(0))
    const seen = new Set<string>()
    const open: [number, number, PathPart][] = [[0, 0, PathPart.EMPTY]]
    for (const [inA, inB, part] of open) {
      if (part === PathPart.NAME && a?.accepting[inA] === true && b?.accepting[inB] === true)
        return true
      for (const left of a?.edges[inA] ?? [])
        for (const right of b?.edges[inB] ?? [])
          for (const code of characters) {
            const both = intersectRanges(left.ranges, right.ranges)
            if (!both.some(([from, to]) => from <= code && code <= to)) continue
            const next = nextPathPart(part, code)
            const key = `${left.to} ${right.to} ${next}`
            if (next === undefined || seen.has(key)) continue
            seen.add(key)
            open.push([left.to, right.to, next])
          }
    }
    return false
  }
  const part = fc.oneof(
    fc.constant('**'),
    fc
      .array(fc.constantFrom('a', 'b', 'c.', 'x', '*', '?', '[ab]', '[!a]'), {
        minLength: 1,
        maxLength: 4,
      })
      .map((tokens) => tokens.join('').replaceAll('**', '*'))
      .filter((one) => one !== '.' && one !== '..'),
  )
  const plain = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  const globs = fc.array(plain, { maxLength: 5 })

  test('lists of random globs overlap exactly when the slow comparison of each two says so, also when they are not compiled before', () => {
    fc.assert(
      fc.property(globs, globs, (first, second) => {
        const expected = first.some((one) => second.some((other) => slowly(one, other)))
        const found = new Touches(first).overlap(new Touches(second))
        expect([first, second, found !== undefined]).toEqual([first, second, expected])
        const [a, b] = [first, second].map((list) => new Touches(list, { areChecked: true }))
        expect(a?.compare(b ?? new Touches([]), new ComparisonSteps())).toEqual(found)
        if (found === undefined) return
        expect(new Touches([found.first]).matches(found.path)).toBe(true)
        expect(new Touches([found.second]).matches(found.path)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('with too few steps nothing is decided, and never wrongly', () => {
    fc.assert(
      fc.property(globs, globs, fc.nat({ max: 200 }), (first, second, limit) => {
        const [a, b] = [new Touches(first), new Touches(second)]
        const found = a.compare(b, new ComparisonSteps(limit))
        const exact = a.overlap(b)
        expect(found === 'undecided' ? exact : found).toEqual(exact)
      }),
      { numRuns: 300 },
    )
  })

  test('globs that begin or end in different ways are not compiled, and take a step each', () => {
    const steps = new ComparisonSteps(200)
    const own = new Touches(
      Array.from({ length: MAX_TOUCHES }, (_, n) => `src/part-${n}/**/*.ts`),
      { areChecked: true },
    )
    // Compiled, they would be refused.
    const others = ['docs/[', 'src/part-40/[', 'src/part-1/**/\\.md']
    expect(own.compare(new Touches(others, { areChecked: true }), steps)).toBeUndefined()
    expect(steps.take(190)).toBe(true)
    const broken = new Touches(['src/['], { areChecked: true })
    expect(() => broken.matches('src/a')).toThrow('without "]"')
  })

  test('globs that are made to be slow are given up, and what is left of the steps is for no other comparison', () => {
    const slow = (char: string) =>
      new Touches(Array.from({ length: 5 }, (_, n) => `*${`${char}*`.repeat(95)}${n}*`))
    const steps = new ComparisonSteps(10_000)
    expect(slow('a').compare(slow('b'), steps)).toBe('undecided')
    expect(new Touches(['a']).compare(new Touches(['a']), steps)).toBe('undecided')
  })
})
