import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { shownSchema } from './shown-schema.ts'

test('limits of texts are not shown, other limits are', () => {
  const schema = Type.Object({
    name: Type.String({ minLength: 1, maxLength: 9, description: 'A name.' }),
    count: Type.Integer({ minimum: 1 }),
  })
  expect(shownSchema(schema).properties).toEqual({
    name: { type: 'string', description: 'A name.' },
    count: { type: 'integer', minimum: 1 },
  })
})

test('a union of constant texts is shown as an enum', () => {
  expect(shownSchema(Type.Union([Type.Literal('a'), Type.Literal('b')]))).toEqual({
    type: 'string',
    enum: ['a', 'b'],
  })
})

test('any other union is shown unchanged', () => {
  const anyOf = [{ const: 'a' }, { type: 'integer' }]
  expect(shownSchema({ anyOf })).toEqual({ anyOf })
})
