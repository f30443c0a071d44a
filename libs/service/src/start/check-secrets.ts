import { createHmacSigner } from '@alkdev/crypto'
import type { KeyRing } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import type { CommonConfig } from './service-runtime.ts'

/**
 * Checks the opened secrets before anything is connected: the bus key signs, the key ring (of services that
 * have one) seals and opens. Throws OperatorError.
 */
export function checkSecrets(config: CommonConfig & { readonly encryptionKeys?: KeyRing }): void {
  const signer = createHmacSigner(config.bus.key.reveal())
  const place = 'start'
  const ring = config.encryptionKeys
  const good =
    signer.verify(place, signer.sign(place)) &&
    (ring === undefined || ring.decryptText(ring.encrypt(place, place), place) === place)
  if (good) return
  throw new OperatorError(
    'The keys of the config file do not work.',
    'Restore the config file and the keys from a backup: other keys cannot open the stored secrets.',
  )
}
