import { array, assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { parsePostgresUrl, parseRedisUrl } from './connection-url.ts'

test('an encoded password is decoded, whatever its characters', () => {
  assert(
    property(string({ unit: 'grapheme-ascii', minLength: 1 }), (password) => {
      const text = `postgres://ada:${encodeURIComponent(password)}@db.example:5432/hub`
      expect(parsePostgresUrl(text)).toMatchObject({ user: 'ada', password, path: 'hub' })
    }),
  )
})

test('an unescaped password is refused or read whole, and no part of it is in the answer', () => {
  const special = array(constantFrom('@', ':', '/', '?', '#', '%', '$', 'S3cr', 'et9', '12'), {
    minLength: 2,
    maxLength: 8,
  })
  assert(
    property(special, (parts) => {
      const password = parts.join('')
      const parsed = parsePostgresUrl(`postgres://ada:${password}@db.example/hub`)
      const read =
        'problem' in parsed ? { problem: parsed.problem } : [parsed.url.hostname, parsed.path]
      expect(JSON.stringify(read)).not.toMatch(/S3cr|et9/)
      expect([{ problem: expect.any(String) }, ['db.example', 'hub']]).toContainEqual(read)
    }),
  )
})

test.for([
  ['postgres://weird:p@ss:/?#%$@postgres/hub', 'percent-encode'],
  ['postgres://ada:a@b@db/hub', 'percent-encode'],
  ['postgres://ada:%zz@db/hub', 'percent-encode'],
  ['postgres://ada:x@db:port/hub', 'percent-encode'],
  ['postgres://ada:x@db/hub ', 'blank'],
  ['mysql://ada:x@db/hub', 'does not begin with postgres:// or postgresql://'],
  ['postgres:///hub', 'names no host'],
] as const)('%s is refused', ([text, expected]) => {
  expect(parsePostgresUrl(text)).toEqual({ problem: expect.stringContaining(expected) })
})

test.for([
  ['redis://:%@localhost:6379/0', 'percent-encode'],
  ['redis://localhost:6379/zero', 'not a number'],
  ['redis://localhost:6379/0/1', 'not a number'],
  ['redis://localhost:6379/-1', 'not a number'],
  ['redis://local host:6379/0', 'blank'],
  ['http://localhost:6379/0', 'does not begin'],
] as const)('%s is refused as the address of Redis', ([text, expected]) => {
  expect(parseRedisUrl(text)).toEqual({ problem: expect.stringContaining(expected) })
})

test.for([
  'redis://localhost',
  'redis://localhost/',
  'rediss://u:p@h:1/15',
  'redis://[::1]:6379/2',
])('%s is taken', (text) => {
  expect(parseRedisUrl(text)).toHaveProperty('url')
})
