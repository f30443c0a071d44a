import { CodedError } from '@alkdev/errors'

/** Why a key was refused. */
export type VerifyErrorCode =
  | 'MISSING_KEY'
  | 'INVALID_FORMAT'
  | 'INVALID_KEY'
  | 'EXPIRED'
  | 'REVOKED'
  | 'DISABLED'
  | 'OWNER_INACTIVE'
  | 'STORAGE_ERROR'

/** Why a change was refused. */
export type ChangeErrorCode =
  | 'KEY_NOT_FOUND'
  | 'KEY_EXISTS'
  | 'INVALID_INPUT'
  | 'ALREADY_REVOKED'
  | 'ALREADY_ENABLED'
  | 'ALREADY_DISABLED'
  | 'ALREADY_ROTATED'
  | 'CANNOT_MODIFY_REVOKED'
  | 'AUDIT_LOGGING_DISABLED'
  | 'STORAGE_NOT_SUPPORTED'

export type ApiKeyErrorCode = VerifyErrorCode | ChangeErrorCode

const messages: Readonly<Record<ApiKeyErrorCode, string>> = {
  MISSING_KEY: 'No key was shown.',
  INVALID_FORMAT: 'What was shown has not the form of a key.',
  INVALID_KEY: 'The key is not known.',
  EXPIRED: 'The key has expired.',
  REVOKED: 'The key was revoked.',
  DISABLED: 'The key is disabled.',
  OWNER_INACTIVE: 'The account of the key is not active.',
  STORAGE_ERROR: 'The key could not be checked.',
  KEY_NOT_FOUND: 'There is no such key.',
  KEY_EXISTS: 'There is such a key already.',
  INVALID_INPUT: 'The key cannot be made or changed so.',
  ALREADY_REVOKED: 'The key is revoked already.',
  ALREADY_ENABLED: 'The key is enabled already.',
  ALREADY_DISABLED: 'The key is disabled already.',
  ALREADY_ROTATED: 'The key was rotated already.',
  CANNOT_MODIFY_REVOKED: 'A revoked key cannot be changed.',
  AUDIT_LOGGING_DISABLED: 'Audit logs are off.',
  STORAGE_NOT_SUPPORTED: 'The store cannot do this.',
}

export interface ApiKeyErrorOptions {
  /** Replaces the standard sentence. */
  readonly message?: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** A refused change or a failed check. Its code, message and details may be shown to the caller; it never holds a key or a hash. */
export class ApiKeyError extends CodedError {
  override readonly name = 'ApiKeyError'
  declare readonly code: ApiKeyErrorCode

  constructor(code: ApiKeyErrorCode, options: ApiKeyErrorOptions = {}) {
    const { message, ...rest } = options
    super(code, message ?? messages[code], rest)
  }
}

/** The sentence that belongs to a code. */
export function errorMessage(code: ApiKeyErrorCode): string {
  return messages[code]
}
