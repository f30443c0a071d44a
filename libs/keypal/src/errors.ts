import { CodedError } from '@alkdev/errors'
import { compact } from '@alkdev/std'

/** Every code, under its own name. */
export const ApiKeyErrorCode = Object.freeze({
  MISSING_KEY: 'MISSING_KEY',
  INVALID_FORMAT: 'INVALID_FORMAT',
  INVALID_KEY: 'INVALID_KEY',
  EXPIRED: 'EXPIRED',
  REVOKED: 'REVOKED',
  DISABLED: 'DISABLED',
  OWNER_INACTIVE: 'OWNER_INACTIVE',
  STORAGE_ERROR: 'STORAGE_ERROR',
  /** For stores with a cache of their own. The cache of `createKeys` is memory and cannot fail. */
  CACHE_ERROR: 'CACHE_ERROR',
  KEY_NOT_FOUND: 'KEY_NOT_FOUND',
  KEY_EXISTS: 'KEY_EXISTS',
  INVALID_INPUT: 'INVALID_INPUT',
  ALREADY_REVOKED: 'ALREADY_REVOKED',
  ALREADY_ENABLED: 'ALREADY_ENABLED',
  ALREADY_DISABLED: 'ALREADY_DISABLED',
  ALREADY_ROTATED: 'ALREADY_ROTATED',
  CANNOT_MODIFY_REVOKED: 'CANNOT_MODIFY_REVOKED',
  AUDIT_LOGGING_DISABLED: 'AUDIT_LOGGING_DISABLED',
  STORAGE_NOT_SUPPORTED: 'STORAGE_NOT_SUPPORTED',
} as const)
export type ApiKeyErrorCode = (typeof ApiKeyErrorCode)[keyof typeof ApiKeyErrorCode]

/** Why a key was refused. */
export type VerifyErrorCode = Extract<
  ApiKeyErrorCode,
  | 'MISSING_KEY'
  | 'INVALID_FORMAT'
  | 'INVALID_KEY'
  | 'EXPIRED'
  | 'REVOKED'
  | 'DISABLED'
  | 'OWNER_INACTIVE'
  | 'STORAGE_ERROR'
>

/** Why a change was refused. */
export type ChangeErrorCode = Exclude<ApiKeyErrorCode, VerifyErrorCode>

const messages: Readonly<Record<ApiKeyErrorCode, string>> = {
  MISSING_KEY: 'No key was shown.',
  INVALID_FORMAT: 'What was shown has not the form of a key.',
  INVALID_KEY: 'The key is not known.',
  EXPIRED: 'The key has expired.',
  REVOKED: 'The key was revoked.',
  DISABLED: 'The key is disabled.',
  OWNER_INACTIVE: 'The account of the key is not active.',
  STORAGE_ERROR: 'The key could not be checked.',
  CACHE_ERROR: 'The cache of keys failed.',
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

/** An error with the standard sentence of its code, for stores that are written elsewhere. */
export function createApiKeyError(
  code: ApiKeyErrorCode,
  details?: Readonly<Record<string, unknown>>,
): ApiKeyError {
  return new ApiKeyError(code, compact({ details }))
}
