import { KeyRing, MasterKey, generateKey } from '@alkdev/crypto'
import { expect, test } from 'vitest'
import { sealValue } from './encrypted-values.ts'
import { resolveEncryptionKeys } from './index.ts'

const first = generateKey()
const second = generateKey()
const text = `v2:${second},v1:${first}`

test('a configured ring opens what each of its keys sealed and seals with the first', async () => {
  const ring = await resolveEncryptionKeys(text)
  expect(ring.current).toBe(2)
  const sealed = KeyRing.parse(`v1:${first}`).encrypt('hush', 'client_secrets/1')
  expect(ring.decrypt(sealed, 'client_secrets/1').toString()).toBe('hush')
})

test('a ring that is encrypted in the config file opens with the master key alone', async () => {
  const master = new MasterKey(generateKey())
  const sealed = await sealValue(text, ['encryptionKeys'], master)
  expect((await resolveEncryptionKeys(sealed, master)).versions).toEqual([2, 1])
  await expect(resolveEncryptionKeys(sealed)).rejects.toMatchObject({ code: 'BAD_KEY' })
  await expect(resolveEncryptionKeys(sealed, new MasterKey(generateKey()))).rejects.toMatchObject({
    code: 'TAMPERED',
  })
})

test('wrong entries are listed by number and version, without a key', async () => {
  const error: unknown = await resolveEncryptionKeys(`v1:${first},v1:${second},x`).catch(
    (reason: unknown) => reason,
  )
  expect(String(error)).toContain('v1 is there twice')
  expect(String(error)).toContain('entry 3')
  expect(String(error)).not.toContain(second)
})
