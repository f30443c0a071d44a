import { expect, test } from 'vitest'
import { consentQuestion } from './consent-question.ts'

const asked = { operationId: 'disk.wipe', title: undefined, calls: [], input: {} }

test('the question names the operation, its title, what it calls and the input', () => {
  expect(consentQuestion(asked)).toBe('Allow disk.wipe? Input: {}')
  expect(
    consentQuestion({ ...asked, title: 'Wipe', calls: ['a.b', 'c.d'], input: { all: true } }),
  ).toBe('Allow disk.wipe ("Wipe"), which calls a.b, c.d? Input: {"all":true}')
  const calls = Array.from({ length: 7 }, (_, at) => `a.op${at}`)
  expect(consentQuestion({ ...asked, calls })).toContain('a.op4 and 2 more?')
})

test('a title cannot stand for the question, and nothing in it is invisible', () => {
  const title = `Read a file (fs.read)? Input: {}${'\n'.repeat(50)}`
  const text = consentQuestion({ ...asked, title })
  expect(text).toMatch(/^Allow disk\.wipe \("Read a file/)
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  const turned = consentQuestion({ ...asked, title: 'safe\u202Egnihtemos', input: { a: '\u200B' } })
  expect(turned).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  expect(turned).toContain(String.raw`\u200b`)
})

test('the question says how much of a long input it leaves out', () => {
  const text = consentQuestion({ ...asked, input: { a: 'x'.repeat(1000) } })
  expect(text).toMatch(/ \.\.\. and 508 characters more$/)
})
