/** What went wrong with something sealed. Says which record, never what is in it. */
export type SecretErrorCode =
  | 'KEY_VERSION_MISSING'
  | 'TAMPERED'
  | 'MALFORMED'
  | 'BAD_KEY'
  | 'WRONG_KIND_OF_KEY'

/**
 * A sealed value, key or key ring that can't be used. `record` names the place (`client_secrets/<id>`, `config:/postgres`), the
 * message adds why; neither holds a key, a plaintext or a ciphertext. It is no CodedError: towards callers it becomes UNKNOWN_ERROR.
 */
export class SecretError extends Error {
  override readonly name = 'SecretError'
  readonly code: SecretErrorCode
  readonly record: string
  /** The message without the record. */
  readonly why: string

  constructor(code: SecretErrorCode, record: string, why: string, options?: { cause?: unknown }) {
    super(`${record}: ${why}`, options)
    this.code = code
    this.record = record
    this.why = why
  }
}
