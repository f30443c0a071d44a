export { createKeyedHash } from './keyed-hash.ts'
export type { KeyedHash } from './keyed-hash.ts'
export { isEncryptedData } from './encrypted-data.ts'
export type { EncryptedData } from './encrypted-data.ts'
export { constantTimeEqual, sha256, sha256Hex } from './hash.ts'
export { createHmacSigner } from './hmac.ts'
export type { HmacSigner } from './hmac.ts'
export { KEY_BYTES, generateKey, isRawKey, keyBytes } from './key-bytes.ts'
export {
  KeyRing,
  addKey,
  formatKeyRing,
  generateKeyRing,
  parseKeyRing,
  promoteKey,
} from './key-ring.ts'
export type { KeyRingEntry } from './key-ring.ts'
export { MasterKey, PASSPHRASE_ITERATIONS, derivePassphraseKey } from './master-key.ts'
export { createMessageSealer } from './message-sealer.ts'
export type { MessageSealer } from './message-sealer.ts'
export { SecretError } from './secret-error.ts'
export type { SecretErrorCode } from './secret-error.ts'
export { Secret } from './secret.ts'
export { signToken, verifyToken } from './signed-token.ts'
export type { TokenOptions, TokenResult } from './signed-token.ts'
