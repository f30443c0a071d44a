import { expect, test } from 'vitest'
import { importDocument } from './import-document.ts'

test('instructions that are longer than a session may have are left out and named', () => {
  const document = (instructions: string) => ({
    format: 'alkhub.session.v1',
    session: { title: 'One', instructions },
    messages: [],
  })
  expect(importDocument(document('x'.repeat(262_144))).instructions).toHaveLength(262_144)
  const long = importDocument(document('x'.repeat(262_145)))
  expect(long.instructions).toBeUndefined()
  expect(long.notMapped).toEqual([
    { at: '/session/instructions', what: 'instructions of 262145 characters' },
  ])
})
