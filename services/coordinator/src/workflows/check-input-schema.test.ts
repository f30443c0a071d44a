import { expect, test } from 'vitest'
import { checkInputSchema } from './check-input-schema.ts'

test('an input schema that takes long to compile is refused without being compiled', () => {
  const one = {
    anyOf: [
      { type: 'object', properties: { x: { type: 'string', pattern: '^a{1,500}b{1,500}$' } } },
      { type: 'array', items: { type: 'object', properties: { y: { type: 'number' } } } },
    ],
  }
  const properties = Object.fromEntries(Array.from({ length: 330 }, (_, at) => [`a${at}`, one]))
  expect(checkInputSchema({ type: 'object', properties })).toMatchObject({
    problem: { reason: 'too-large', path: '/inputSchema' },
  })
  expect(checkInputSchema({ type: 'object', properties: { n: { type: 'integer' } } })).toEqual({
    schema: { type: 'object', properties: { n: { type: 'integer' } } },
  })
})
