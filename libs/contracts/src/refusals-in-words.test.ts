import { compileSchema } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { TSchema } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { AccountsCreateInput } from './operations/accounts.ts'
import { ScopeName, Slug, Timestamp, Uuid } from './schemas.ts'
import { SERVICE_OPERATIONS } from './service-operations.ts'

const refusals: readonly (readonly [string, TSchema, string, string])[] = [
  ['scope', ScopeName, 'nonsense', 'must be a scope, `namespace:action`, for instance `fs:read`'],
  ['slug', Slug, 'Bad Slug', 'must be lower-case letters, digits and hyphens'],
  ['address', AccountsCreateInput.properties.email, 'invalid', 'must be an e-mail address'],
  ['id', Uuid, 'nope', 'must be an id (a UUID)'],
  ['time', Timestamp, 'noon', 'must be a date and time with a time zone'],
]

test.each(refusals)('a wrong %s is refused in words', (_, schema, value, words) => {
  expect(compileSchema(schema).errors(value)[0]?.message.startsWith(words)).toBe(true)
})

test('every pattern in the input of an operation of the hub is described in words', () => {
  const patterns = new Set(SERVICE_OPERATIONS.flatMap(({ spec }) => patternsIn(spec.inputSchema)))
  expect(patterns.size).toBeGreaterThan(10)
  for (const pattern of patterns) {
    const [failure] = compileSchema(Type.String({ pattern })).errors('\u0000\n')
    expect(failure?.message).toMatch(/^must be /)
  }
})

function patternsIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([name, member]) =>
    name === 'pattern' && typeof member === 'string' ? [member] : patternsIn(member),
  )
}
