import { CodedError } from '@alkdev/errors'
import { createKeyAuthenticator } from '@alkdev/service'
import { asyncProperty, assert, constantFrom, oneof, record, string } from 'fast-check'
import { createKeys } from 'keypal'
import { expect, test } from 'vitest'

const keys = createKeys({ prefix: 'alk_', autoTrackUsage: false })
const authenticator = createKeyAuthenticator(keys)
const made = keys.create({ ownerId: 'alice', scopes: [] })

async function outcome(headers: Record<string, string>): Promise<string> {
  try {
    return (await authenticator.authenticate(headers)).identity.id
  } catch (error) {
    return CodedError.from(error).code
  }
}

test('for all headers only the complete key is accepted, and every other request gets the same refusal', async () => {
  const { key } = await made
  const lookAlike = constantFrom(
    ...[
      key.slice(0, -1),
      `${key}a`,
      key.toUpperCase(),
      `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
      `${key},${key}`,
      `${key} ${key}`,
      `\u200b${key}`,
      key.repeat(1000),
      encodeURIComponent(`${key}\0`),
      `alk_${'a'.repeat(100_000)}`,
      '__proto__',
      'null',
    ],
  )
  const value = oneof(lookAlike, string({ maxLength: 200 }))
  const prefix = constantFrom('Bearer ', 'bearer ', 'Bearer', 'Basic ', 'Bearer  ', 'Token ', '')
  await assert(
    asyncProperty(
      record({ prefix, value, apiKey: oneof(value, constantFrom('', ' ')) }),
      async (given) => {
        const authorization = given.prefix + given.value
        expect(await outcome({ authorization })).toBe('UNAUTHENTICATED')
        expect(await outcome({ 'x-api-key': given.apiKey })).toBe('UNAUTHENTICATED')
        const both = { authorization: `Bearer ${key}`, 'x-api-key': given.apiKey }
        // An empty header counts as absent; any other value contradicts the key.
        expect(await outcome(both)).toBe(given.apiKey.trim() === '' ? 'alice' : 'UNAUTHENTICATED')
      },
    ),
    { numRuns: 400 },
  )
})

test('the key is accepted in either header or both', async () => {
  const { key } = await made
  expect(await outcome({ authorization: `Bearer ${key}` })).toBe('alice')
  expect(await outcome({ authorization: `bearer   ${key}  ` })).toBe('alice')
  expect(await outcome({ 'x-api-key': ` ${key} ` })).toBe('alice')
  expect(await outcome({ 'x-api-key': key, authorization: `Bearer ${key}` })).toBe('alice')
  expect(await outcome({})).toBe('UNAUTHENTICATED')
})
