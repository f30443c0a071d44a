import { expect, test } from 'vitest'
import { REDACTED, SecretScrubber } from './secret-scrubber.ts'
import { TraceMatcher } from './trace-matcher.ts'

const secret = 'sk-planted/Secret+0123456789abcdef'

/** The text scrubbed in pieces of `size` bytes. */
function scrub(text: string, size = text.length || 1, of: string | undefined = secret): string {
  const scrubber = new SecretScrubber(new TraceMatcher(of))
  const bytes = Buffer.from(text)
  const out: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size)
    out.push(Buffer.from(scrubber.push(bytes.subarray(at, at + size))))
  return Buffer.concat([...out, scrubber.end()]).toString()
}

const json = (text: string): string => JSON.stringify(text)
const escaped = (text: string): string =>
  text
    .split('')
    .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const reversed = (text: string): string => text.split('').toReversed().join('')

const forms: Readonly<Record<string, string>> = {
  plain: secret,
  'behind Bearer': `Bearer ${secret}`,
  JSON: json(`Incorrect API key: ${secret}.`),
  'JSON with escaped slashes': json(secret).replaceAll('/', '\\/'),
  'JSON with every character escaped': escaped(secret),
  'JSON in JSON': json(json(escaped(secret))),
  'JSON with some characters escaped': secret.replace('-', '\\u002D').replace('S', '\\u0053'),
  URL: encodeURIComponent(secret),
  'URL with every character encoded': secret
    .split('')
    .map((c) => `%${c.charCodeAt(0).toString(16)}`)
    .join(''),
  'URL with every character encoded twice': secret
    .split('')
    .map((c) => `%25${c.charCodeAt(0).toString(16)}`)
    .join(''),
  'URL encoded twice': encodeURIComponent(encodeURIComponent(secret)),
  HTML: secret.replaceAll('-', '&#45;').replaceAll('/', '&#x2F;'),
  base64: base64(secret),
  'base64 without padding': base64(secret).replace(/=+$/, ''),
  'base64 of Bearer': base64(`Bearer ${secret}`),
  'base64 of a pair': base64(`user:${secret}`),
  'base64 for URLs': Buffer.from(secret).toString('base64url'),
  'base64 in a URL': encodeURIComponent(base64(secret)),
  hexadecimal: Buffer.from(secret).toString('hex'),
  'hexadecimal in capitals': Buffer.from(secret).toString('hex').toUpperCase(),
  'small letters': secret.toLowerCase(),
  capitals: secret.toUpperCase(),
  'base64 in small letters': base64(secret).toLowerCase(),
  backwards: reversed(secret),
  'backwards in capitals': reversed(secret.toUpperCase()),
  'base64 backwards': reversed(base64(secret)),
  'hexadecimal backwards': reversed(Buffer.from(secret).toString('hex')),
  'JavaScript escapes': secret
    .split('')
    .map((c) => `\\x${c.charCodeAt(0).toString(16)}`)
    .join(''),
  'the first 8 characters': secret.slice(0, 8),
  'the last 8 characters': secret.slice(-8),
  '12 characters of the middle': secret.slice(9, 21),
}

/** Nothing of 8 characters of the secret in any form is left. */
function traceless(text: string): boolean {
  const decoded = decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))
  const all = [...Array(secret.length - 7).keys()].map((at) => secret.slice(at, at + 8))
  const coded = [secret, `Bearer ${secret}`, `user:${secret}`].map((one) =>
    base64(one).slice(10, 30),
  )
  const hex = Buffer.from(secret).toString('hex').slice(10, 30)
  const pieces = [...all, ...coded, hex].flatMap((piece) => [piece, reversed(piece)])
  const shown = `${text} ${decoded}`.toLowerCase()
  return !pieces.some((piece) => shown.includes(piece.toLowerCase()))
}

test.each(Object.entries(forms))('%s is taken out, however it is cut into pieces', (_, form) => {
  const text = `data: {"error":"${form}"}\n\ndata: [DONE]\n\n`
  for (const size of [1, 2, 3, 5, 7, 8, 13, 64, text.length]) {
    const out = scrub(text, size)
    expect(out).toContain(REDACTED)
    expect(traceless(out)).toBe(true)
    expect(out.startsWith('data: {"error":"')).toBe(true)
    expect(out.endsWith('"}\n\ndata: [DONE]\n\n')).toBe(true)
  }
})

test('a whole secret becomes one marker', () => {
  for (const size of [1, 4, 100]) expect(scrub(`a ${secret} b`, size)).toBe(`a ${REDACTED} b`)
  expect(scrub(`${secret}${secret}`, 3)).toBe(REDACTED)
})

test('what holds no trace passes byte for byte in any pieces', () => {
  const text = `{"a":"北京 🌍 \\u0041\\n\\\\ 100% &amp; &#x41; %41 %zz \\u00zz ${secret.slice(0, 7)}","b":"\\"}\r\n: c\n`
  for (const size of [1, 2, 3, 7, 50, 200]) expect(scrub(text, size)).toBe(text)
})

test('the end of an event is not held back, and the beginning of a trace is', () => {
  const scrubber = new SecretScrubber(new TraceMatcher(secret))
  const event = 'data: {"choices":[]}\n\n'
  expect(scrubber.push(Buffer.from(event)).toString()).toBe(event)
  expect(scrubber.push(Buffer.from(`x${secret.slice(0, 5)}`)).toString()).toBe('x')
  expect(scrubber.push(Buffer.from('other\n')).toString()).toBe(`${secret.slice(0, 5)}other\n`)
})

test("the beginning that a vendor's keys share is no trace, the rest is", () => {
  const key = 'sk-ant-api03-9f8e7d6c5b4a3210'
  expect(scrub('Keys begin with sk-ant-api03-', 4, key)).toBe('Keys begin with sk-ant-api03-')
  expect(scrub(`It is ${key}.`, 4, key)).not.toContain('9f8e7d6c')
})

test('a secret of 8 characters is taken out whole, a placeholder and no secret let everything pass', () => {
  expect(scrub('key abc12345 used', 2, 'abc12345')).toBe(`key ${REDACTED} used`)
  const text = `Ollama runs llama3 at ${Buffer.from('ollama').toString('hex')}`
  expect(scrub(text, 2, 'ollama')).toBe(text)
  expect(new SecretScrubber(new TraceMatcher(undefined)).text('any')).toBe('any')
})
