import { compileSchema } from '@alkdev/operations'
import type { TSchema } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import { AccountsCreateInput } from './operations/accounts.ts'
import { ScopeName, Slug, Timestamp, Uuid } from './schemas.ts'

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
