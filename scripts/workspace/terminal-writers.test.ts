import { expect, test } from 'vitest'
import { writesItself } from './terminal-writers.ts'

test('a source that writes to the terminal is recognised, and one that uses say is not', () => {
  expect(writesItself('io.stdout.write(`${text}\\n`)')).toBe(true)
  expect(writesItself('stderr.write(text)')).toBe(true)
  expect(writesItself('say(io.stdout, text)')).toBe(false)
})
