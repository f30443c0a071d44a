import { Type } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { typeCompat } from './type-compat.ts'

test('equal types are compatible, without more words', () => {
  expect(typeCompat(Type.String(), Type.String())).toEqual({ compatible: true })
})

test('extra output fields are compatible, and said', () => {
  const result = typeCompat(
    Type.Object({ a: Type.String(), b: Type.Number() }),
    Type.Object({ a: Type.String() }),
  )
  expect(result).toEqual({
    compatible: true,
    detail: 'output has extra fields beyond input requirements',
  })
})

test('a missing required field is not, with its path', () => {
  const result = typeCompat(
    Type.Object({ a: Type.String() }, { additionalProperties: false }),
    Type.Object({ a: Type.String(), b: Type.Number() }),
  )
  expect(result).toEqual({
    compatible: false,
    detail: '/b: expected required number, got not in the output',
    mismatches: [
      { path: '/b', expected: 'required number', actual: 'not in the output', reason: 'missing' },
    ],
  })
})

test('a required field that an open output does not declare is one mismatch, whatever else is wrong (L15)', () => {
  const [output, input] = [
    Type.Object({ a: Type.String() }),
    Type.Object({ a: Type.Number(), b: Type.Number(), c: Type.Optional(Type.Number()) }),
  ]
  expect(typeCompat(output, input)?.mismatches?.map(({ path, reason }) => [path, reason])).toEqual([
    ['/b', 'missing'],
    ['/a', 'type'],
    ['/c', 'undeclared'],
  ])
  expect(typeCompat(output, input)?.detail).toContain('and 2 more')
})

test('what is unknown on either side is neither', () => {
  for (const unknown of [Type.Unknown(), Type.Any(), {}, true, { description: 'anything' }]) {
    expect(typeCompat(unknown, Type.String())).toBeUndefined()
    expect(typeCompat(Type.String(), unknown)).toBeUndefined()
  }
})

test('an open output is no proof for a field that it does not declare; taken at its word it is', () => {
  const [output, input] = [
    Type.Object({ a: Type.String() }),
    Type.Object({ a: Type.String(), b: Type.Optional(Type.Number()) }),
  ]
  expect(typeCompat(output, input)).toMatchObject({
    compatible: false,
    mismatches: [{ path: '/b', reason: 'undeclared' }],
  })
  expect(typeCompat(output, input, { undeclared: 'absent' })).toEqual({ compatible: true })
})

test('unions fit in the direction of the subtype only', () => {
  const union = Type.Union([Type.String(), Type.Number()])
  expect(typeCompat(Type.String(), union)?.compatible).toBe(true)
  expect(typeCompat(union, Type.String())?.compatible).toBe(false)
})

test('of many mismatches the first is in the detail, with the number of others', () => {
  const wanted = Type.Object(
    Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`p${at}`, Type.String()])),
  )
  const result = typeCompat(Type.Object({}, { additionalProperties: false }), wanted)
  expect(result?.mismatches).toHaveLength(50)
  expect(result?.detail).toContain('and 49 more')
})
