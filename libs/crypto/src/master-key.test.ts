import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { MasterKey, derivePassphraseKey, generateKey } from './index.ts'

const words = 'correct horse battery staple'

test('a raw master key opens what it sealed, with blanks around it', async () => {
  const key = generateKey()
  const sealed = await new MasterKey(key).encrypt('text', 'config:/postgres')
  expect(sealed.keyVersion).toBe(0)
  expect(sealed).not.toHaveProperty('iterations')
  expect((await new MasterKey(`${key}\n`).decrypt(sealed, 'config:/postgres')).toString()).toBe(
    'text',
  )
})

test('a passphrase opens what it sealed and says how often it was stretched', async () => {
  const sealed = await new MasterKey(words).encrypt('text', 'a')
  expect(sealed.iterations).toBe(600_000)
  expect((await new MasterKey(words).decrypt(sealed, 'a')).toString()).toBe('text')
  await expect(new MasterKey(`${words}!`).decrypt(sealed, 'a')).rejects.toMatchObject({
    code: 'TAMPERED',
    record: 'a',
  })
})

test('PBKDF2 gives the published result', async () => {
  // RFC 7914 section 11: PBKDF2-HMAC-SHA-256 (P="Password", S="NaCl", c=80000, dkLen=64), first 32 bytes.
  const key = await derivePassphraseKey('Password', Buffer.from('NaCl'), 80_000)
  expect(key.toString('hex')).toBe(
    '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56',
  )
})

test('the wrong kind of key and a wrong key are different errors', async () => {
  const raw = await new MasterKey(generateKey()).encrypt('t', 'p')
  const stretched = await new MasterKey(words).encrypt('t', 'p')
  await expect(new MasterKey(words).decrypt(raw, 'p')).rejects.toMatchObject({
    code: 'WRONG_KIND_OF_KEY',
  })
  await expect(new MasterKey(generateKey()).decrypt(stretched, 'p')).rejects.toMatchObject({
    code: 'WRONG_KIND_OF_KEY',
  })
  await expect(new MasterKey(generateKey()).decrypt(raw, 'p')).rejects.toMatchObject({
    code: 'TAMPERED',
  })
})

test('too few and absurdly many rounds are refused instead of computed', async () => {
  const sealed = await new MasterKey(words).encrypt('t', 'p')
  for (const iterations of [1, 99_999, 10_000_001])
    await expect(
      new MasterKey(words).decrypt({ ...sealed, iterations }, 'p'),
    ).rejects.toMatchObject({ code: 'MALFORMED' })
})

test('a short passphrase and an empty file are refused without being shown', () => {
  for (const text of ['', '   ', 'short', 'AAAA='])
    expect(() => new MasterKey(text, 'the file')).toThrow(
      /^the file: is neither 32 bytes as base64 nor a passphrase/,
    )
})

test('a master key shows nothing when it is printed', () => {
  expect(inspect(new MasterKey(words), { depth: 9, showHidden: true })).not.toContain('horse')
})
