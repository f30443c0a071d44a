export { createKeys } from './create-keys.ts'
export type { Config, ConfigInput } from './create-keys.ts'
export { ApiKeyError, ApiKeyErrorCode, createApiKeyError } from './errors.ts'
export type { ApiKeyErrorOptions, ChangeErrorCode, VerifyErrorCode } from './errors.ts'
export { durationMs, getExpirationTime, isExpired } from './expiry.ts'
export { extractKeyFromHeaders, hasApiKey, readKeyFromHeaders } from './extract-key.ts'
export type { ExtractedKey, ExtractOptions, HeadersLike } from './extract-key.ts'
export type { InvalidateTarget } from './key-cache.ts'
export type { CreatedKey, RotateDetails, RotatedKey } from './key-changes.ts'
export { createKeyFormat } from './key-format.ts'
export type { KeyFormat, KeyFormatOptions } from './key-format.ts'
export { createKeyHash } from './key-hash.ts'
export type { KeyHashOptions } from './key-hash.ts'
export { instantOf } from './key-input.ts'
export type { CreateApiKeyInput, KeyDetails } from './key-input.ts'
export { ApiKeyManager } from './manager.ts'
export type { VerifyOptions } from './manager.ts'
export { MemoryStore } from './memory-store.ts'
export type { MemoryStoreOptions } from './memory-store.ts'
export { AuditAction } from './records.ts'
export type {
  ActionContext,
  ApiKeyMetadata,
  ApiKeyRecord,
  AuditLog,
  AuditLogQuery,
  AuditLogStats,
  KeyOwner,
  ResourceScopes,
} from './records.ts'
export { ResourceBuilder, createResourceBuilder } from './resource-builder.ts'
export { hasAllScopes, hasAnyScope, hasScope } from './scopes.ts'
export type { Permission, PermissionScope, Scoped, ScopeHolder, ScopeOptions } from './scopes.ts'
export type {
  KeyUsage,
  MetadataChanges,
  MetadataExpectation,
  Storage,
  StorageOptions,
} from './storage.ts'
export type { VerifyResult } from './verifier.ts'
