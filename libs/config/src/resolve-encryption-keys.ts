import { KeyRing, SecretError } from '@alkdev/crypto'
import type { MasterKey, Secret } from '@alkdev/crypto'
import { isEncryptedValue, openValue } from './encrypted-values.ts'
import type { EncryptedValue } from './encrypted-values.ts'

const SETTING = 'encryptionKeys'

/**
 * Opens the key ring of the setting `encryptionKeys`: `v1:base64,v2:base64`, where the first key seals and all open. `configured` is
 * the text, the secret of a loaded config, or the encrypted value of a config file, which needs the master key.
 * Throws SecretError: BAD_KEY lists the wrong entries without their values; an encrypted value that does not open throws as
 * `masterKey.decrypt` does.
 */
export async function resolveEncryptionKeys(
  configured: string | Secret | EncryptedValue,
  masterKey?: MasterKey,
): Promise<KeyRing> {
  if (typeof configured === 'string') return KeyRing.parse(configured)
  if (!isEncryptedValue(configured)) return KeyRing.parse(configured.reveal())
  if (masterKey === undefined)
    throw new SecretError('BAD_KEY', SETTING, 'is encrypted, and no master key was given')
  const opened = await openValue(configured, [SETTING], masterKey)
  if (typeof opened !== 'string') throw new SecretError('MALFORMED', SETTING, 'is not a text')
  return KeyRing.parse(opened)
}
