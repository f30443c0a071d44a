import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { REDACTED } from '@alkdev/operations'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPlain, redact } from './redact.ts'
import { MAX_PAYLOAD_BYTES, storedPayload } from './stored-payload.ts'

const clean = (value: unknown) => redact(value).value
const stored = (value: unknown): unknown => {
  const json = storedPayload(value)
  return json === undefined ? undefined : JSON.parse(json)
}

test('members with names of secrets are emptied, at any depth and in any spelling', () => {
  const input = {
    path: 'a',
    password: 'p',
    'API-Key': 'k',
    clientSecret: { nested: 1 },
    access_token: 't',
    list: [{ Authorization: 'x' }, { cookie: ['a'] }],
    inputTokens: 3,
    tokenCount: 4,
    secret: null,
  }
  expect(clean(input)).toEqual({
    path: 'a',
    password: REDACTED,
    'API-Key': REDACTED,
    clientSecret: REDACTED,
    access_token: REDACTED,
    list: [{ Authorization: REDACTED }, { cookie: REDACTED }],
    inputTokens: 3,
    tokenCount: 4,
    secret: null,
  })
})

test.each([
  ['a hub key', 'use alk_0123456789abcdef now', `use ${REDACTED} now`],
  ['a bearer header', 'Authorization: Bearer abcdefgh12345', `Authorization: Bearer ${REDACTED}`],
  ['a JWT', 'x eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl y', `x ${REDACTED} y`],
  ['a provider key', 'sk-proj-0123456789abcdefghij', REDACTED],
  ['a forge token', 'ghp_0123456789abcdefghij', REDACTED],
  ['a password in a URL', 'postgres://u:pa55@db:5432/x', `postgres://u:${REDACTED}@db:5432/x`],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nabc', REDACTED],
])('%s inside a text is taken out', (_, text, expected) => {
  expect(clean({ note: text })).toEqual({ note: expected })
})

test('ordinary texts are not changed', () => {
  const text =
    'see https://example.com/a:b@c, basic ideas, task-breakdown, risk-1234567890123456789'
  expect(clean(text)).toBe(text)
})

test('characters that Postgres cannot store are replaced', () => {
  expect(clean('a\0b\u{d800}c')).toBe('a\u{fffd}b\u{fffd}c')
  expect(clean({ 'k\0': 1 })).toEqual({ 'k\u{fffd}': 1 })
})

test('values without a JSON form become what JSON.stringify makes of them, also under the name __proto__', () => {
  expect(
    clean({
      d: new Date(0),
      big: 12n,
      u: undefined,
      f: () => 1,
      nan: Number.NaN,
      bytes: new Uint8Array(3),
    }),
  ).toEqual({ d: '1970-01-01T00:00:00.000Z', big: '12', nan: null, bytes: '[3 bytes]' })
  const hostile: unknown = JSON.parse('{"__proto__": {"polluted": true}}')
  expect(JSON.stringify(clean(hostile))).toBe('{"__proto__":{"polluted":true}}')
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('members whose names become equal are all kept', () => {
  const given = {
    '\ud800': 'a',
    '\ud801': 'b',
    alk_abcdefgh1: 'c',
    alk_abcdefgh2: 'd',
    '\u{fffd}': 'e',
  }
  expect(redact(given).value).toEqual({
    '\u{fffd}': 'a',
    '\u{fffd} (1)': 'b',
    '[redacted]': 'c',
    '[redacted] (3)': 'd',
    '\u{fffd} (4)': 'e',
  })
})

test('long names of members are not remembered', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  // V8 keeps the shapes of objects, and the names in them, for some collections.
  const collectGarbage = () => Array.from({ length: 5 }, () => gc())
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < 2000; at++) isPlain({ [`${'\u4e00'.repeat(10_000)}${at}`]: 1 }, 10_240)
  collectGarbage()
  // They have 40 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10e6)
})

test('cycles and depth end', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  expect(JSON.stringify(clean(cycle))).toContain('[too deep]')
})

test('a payload of up to 10 KiB of JSON is stored whole, a longer one as its first 1 KiB', () => {
  const fits = { text: 'x'.repeat(MAX_PAYLOAD_BYTES - 11) }
  expect(JSON.stringify(fits)).toHaveLength(MAX_PAYLOAD_BYTES)
  expect(stored(fits)).toEqual(fits)
  const long = { text: 'x'.repeat(MAX_PAYLOAD_BYTES - 10) }
  expect(stored(long)).toEqual({
    truncated: true,
    preview: JSON.stringify(long).slice(0, 1024),
  })
})

test('the preview counts bytes, cuts no character in two and shows no secret', () => {
  const kept = stored(['ab', { password: 'hunter2' }, '€'.repeat(9000)]) as {
    preview: string
  }
  expect(Buffer.byteLength(kept.preview)).toBeLessThanOrEqual(1024)
  expect(Buffer.byteLength(kept.preview)).toBeGreaterThan(1020)
  expect(kept.preview).not.toContain('\u{fffd}')
  expect(kept.preview).not.toContain('hunter2')
})

test('the number of small members is bounded, and so is the part that is read', () => {
  let read = 0
  const endless = new Proxy(
    Array.from({ length: 1_000_000 }, () => 1),
    {
      get(target, key) {
        read += 1
        return Reflect.get(target, key) as unknown
      },
    },
  )
  expect(stored(endless)).toMatchObject({ truncated: true })
  expect(read).toBeLessThan(20_000)
})

test('nothing stays nothing', () => {
  expect(stored(undefined)).toBeUndefined()
  expect(stored(null)).toBeNull()
})

test('a value counts as plain exactly when redacting would not change it', () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom('password', 'api_key', 'n', 'text', 'token', '__proto__', 'k\0'),
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('alk_0123456789abcdef', 'a\ud800', 'sk-0123456789abcdefgh', 'b:c', null),
        fc.double(),
        fc.date(),
        fc.bigInt(),
        fc.uint8Array(),
      ),
    ),
  )
  fc.assert(
    fc.property(
      value,
      (some) => !isPlain(some, 10_000) || JSON.stringify(some) === JSON.stringify(clean(some)),
    ),
    { numRuns: 2000 },
  )
  expect(isPlain({ path: 'src/a.ts', n: [1, null, true], deep: { a: { b: {} } } }, 100)).toBe(true)
  expect(isPlain({ password: 'x' }, 100)).toBe(false)
  expect(isPlain('x'.repeat(101), 100)).toBe(false)
})

test.each([
  ['a scheme', '://', 'a-'],
  ['dots', '://', 'a.'],
  ['a token', '', 'eyJ-'],
  ['a bearer', 'bearer', ' '],
  ['a private key', '', '-----BEGIN PRIVATE KEY'],
  ['a user', 'a://', 'a:'],
  ['a host', '', 'a://a:'],
])(
  'a text of a million characters that nearly ends in %s is redacted in linear time',
  (_, before, part) => {
    // In quadratic time this takes minutes.
    const text = before + part.repeat(1_000_000 / part.length)
    expect(typeof redact(text).value).toBe('string')
  },
)

test('a signed token is redacted also after words that begin like one', () => {
  const token = 'eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl'
  expect(clean(`x ${token} y`)).toBe(`x ${REDACTED} y`)
  expect(clean(`x eyJ-eyJabcdefgh-${token} y`)).not.toContain('c2lnbmF0dXJl')
  expect(clean('eyJhbGciOiJI is a word')).toBe('eyJhbGciOiJI is a word')
})
