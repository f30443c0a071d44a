import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { bytes, secretText, section } from '../field.ts'

export const BusConfig = section('Messages between the services.', {
  key: secretText('Key that signs every message: 32 bytes as base64, the same in all services.'),
  previousKey: Type.Optional(
    secretText('A second key that is still accepted while `key` is being replaced.'),
  ),
  inlineMessageBytes: bytes(
    64 * 1024,
    'Larger messages are stored under a Redis key with a time to live.',
  ),
})
export type BusConfig = Static<typeof BusConfig>
