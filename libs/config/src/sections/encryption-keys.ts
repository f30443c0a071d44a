import { secretText } from '../field.ts'

/** A text in the file; the loaded config holds a KeyRing. */
export const EncryptionKeysConfig = secretText(
  'Keys of the secrets in the database, `v1:base64,v2:base64`. The first encrypts, all decrypt. Add a new one at the end.',
)
