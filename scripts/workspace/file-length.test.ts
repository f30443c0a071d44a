import { expect, test } from 'vitest'
import { tooLong } from './file-length.ts'

test('a source of more than 250 lines of code is too long, and comments and blank lines do not count', () => {
  expect(tooLong('x\n'.repeat(250))).toBeUndefined()
  expect(tooLong('x\n'.repeat(251))).toMatch(/^251 lines of code/)
  expect(tooLong('/** A\n * B */\nx\n\n// c\n'.repeat(250))).toBeUndefined()
})
