import { expect, test } from 'vitest'
import { filesToRepeat, passedOrFailed, sumOf, withRepetition } from './repeat-files.ts'
import type { FailedFile, Outcome } from './repeat-files.ts'

function file(name: string, failed = 1): FailedFile {
  return { path: `libs/${name}.pg.test.ts`, passed: 2, failed, skipped: 1 }
}

function run(code: number, failed: number, repeatable: readonly FailedFile[]): Outcome {
  return { code, totals: { passed: 10, failed, skipped: 3, repeatable } }
}

const passed = run(0, 0, [])

test('files with servers that failed are repeated when nothing else failed', () => {
  const files = [file('a'), file('b', 3)]
  expect(filesToRepeat([passed, run(1, 4, files)])).toEqual(files)
})

test.each<[string, readonly Outcome[]]>([
  ['nothing failed', [passed, passed]],
  ['a unit test failed, too', [run(1, 2, [file('a')])]],
  ['an error came outside of any test', [run(1, 2, [file('a')]), passed]],
  ['a run ended without counting', [run(1, 0, []), run(1, 1, [file('a')])]],
  [
    'six files failed',
    [
      run(
        1,
        6,
        Array.from({ length: 6 }, (_, n) => file(String(n))),
      ),
    ],
  ],
])('no file is repeated: %s', (_, outcomes) => {
  expect(filesToRepeat(outcomes)).toEqual([])
})

test('the repetition takes the place of the first run of its files', () => {
  const files = [file('a')]
  const first = [passed, run(1, 1, files)]
  expect(passedOrFailed(first)).toBe(1)
  const repeated: Outcome = { code: 0, totals: { passed: 3, failed: 0, skipped: 1 } }
  const last = withRepetition(first, files, repeated)
  expect(sumOf(last)).toEqual({ passed: 21, failed: 0, skipped: 6 })
  expect(passedOrFailed(last)).toBe(0)
})

test('a repetition that fails, or ends without counting, fails the command', () => {
  const files = [file('a')]
  const first = [run(1, 1, files)]
  for (const repetition of [run(1, 1, files), run(1, 0, [])])
    expect(passedOrFailed(withRepetition(first, files, repetition))).toBe(1)
})
