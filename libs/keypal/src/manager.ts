import type { Audit } from './audit.ts'
import { readKeyFromHeaders } from './extract-key.ts'
import type { ExtractOptions, HeadersLike } from './extract-key.ts'
import { isExpired } from './expiry.ts'
import type { InvalidateTarget, KeyCache } from './key-cache.ts'
import type { CreatedKey, KeyChanges, RotateDetails, RotatedKey } from './key-changes.ts'
import type { KeyFormat } from './key-format.ts'
import { equalHashes } from './key-hash.ts'
import type { CreateApiKeyInput, KeyDetails } from './key-input.ts'
import { normalizeTags } from './key-input.ts'
import type {
  ActionContext,
  ApiKeyRecord,
  AuditLog,
  AuditLogQuery,
  AuditLogStats,
} from './records.ts'
import { hasAllScopes, hasAnyScope, hasScope } from './scopes.ts'
import type { ScopeOptions } from './scopes.ts'
import type { Storage } from './storage.ts'
import type { UsageTracker } from './usage-tracker.ts'
import { refusal } from './verifier.ts'
import type { Verifier, VerifyFlags, VerifyResult } from './verifier.ts'

export interface VerifyOptions extends VerifyFlags, ExtractOptions {}

export interface ManagerParts {
  readonly storage: Storage
  readonly format: KeyFormat
  readonly hashKey: (key: string) => string
  readonly verifier: Verifier
  readonly changes: KeyChanges
  readonly audit: Audit
  readonly cache?: KeyCache
  readonly usage?: UsageTracker
  readonly extract: ExtractOptions
  readonly now: () => number
}

/**
 * API keys: made, checked, changed, audited. Dispose it to write the uses that still wait.
 * Methods that change something throw ApiKeyError; `verify` never throws.
 */
export class ApiKeyManager implements AsyncDisposable {
  readonly #parts: ManagerParts

  constructor(parts: ManagerParts) {
    this.#parts = parts
  }

  generateKey(): string {
    return this.#parts.format.generate()
  }

  hashKey(key: string): string {
    return this.#parts.hashKey(key)
  }

  /** Is `hash` the hash of `key`? In constant time. */
  validateKey(key: string, hash: string): boolean {
    return equalHashes(this.#parts.hashKey(key), hash)
  }

  extractKey(headers: HeadersLike, options: ExtractOptions = {}): string | null {
    return readKeyFromHeaders(headers, { ...this.#parts.extract, ...options }).key ?? null
  }

  hasKey(headers: HeadersLike, options?: ExtractOptions): boolean {
    return this.extractKey(headers, options) !== null
  }

  create(input: CreateApiKeyInput, context?: ActionContext): Promise<CreatedKey> {
    return this.#parts.changes.create(input, context)
  }

  /**
   * Checks a key, or the one that headers show. Good keys come from memory while the change list is fresh. STORAGE_ERROR says that it could
   * not be checked: refuse the caller, and do not call the key wrong. MISSING_KEY also for null and undefined.
   */
  async verify(
    keyOrHeaders: string | HeadersLike | null | undefined,
    options: VerifyOptions = {},
  ): Promise<VerifyResult> {
    if (keyOrHeaders === null || keyOrHeaders === undefined) return refusal('MISSING_KEY')
    if (typeof keyOrHeaders === 'string') {
      if (keyOrHeaders.trim() === '') return refusal('MISSING_KEY')
      const key = keyOrHeaders.startsWith('Bearer ') ? keyOrHeaders.slice(7) : keyOrHeaders
      return this.#parts.verifier.verify(key, options)
    }
    const { key, error } = readKeyFromHeaders(keyOrHeaders, { ...this.#parts.extract, ...options })
    return key === undefined ? refusal(error) : this.#parts.verifier.verify(key, options)
  }

  /** What memory knows of a bare key, at once; undefined when the store must be asked (`verify`). For hot paths. */
  verifyKnown(key: string, options?: VerifyFlags): VerifyResult | undefined {
    return this.#parts.verifier.known(key, options)
  }

  /** The record, or null when the headers show no good key. */
  async verifyFromHeaders(
    headers: HeadersLike,
    options?: VerifyOptions,
  ): Promise<ApiKeyRecord | null> {
    return (await this.verify(headers, options)).record ?? null
  }

  findById(id: string): Promise<ApiKeyRecord | null> {
    return this.#parts.storage.findById(id)
  }

  findByHash(keyHash: string): Promise<ApiKeyRecord | null> {
    return this.#parts.storage.findByHash(keyHash)
  }

  findByTag(tag: string, ownerId?: string): Promise<ApiKeyRecord[]> {
    return this.findByTags([tag], ownerId)
  }

  /** With any of the tags. */
  findByTags(tags: readonly string[], ownerId?: string): Promise<ApiKeyRecord[]> {
    return this.#parts.storage.findByTags(normalizeTags(tags), ownerId)
  }

  list(ownerId: string): Promise<ApiKeyRecord[]> {
    return this.#parts.storage.findByOwner(ownerId)
  }

  update(id: string, details: KeyDetails, context?: ActionContext): Promise<ApiKeyRecord> {
    return this.#parts.changes.update(id, details, context)
  }

  revoke(id: string, context?: ActionContext): Promise<void> {
    return this.#parts.changes.revoke(id, context)
  }

  revokeAll(ownerId: string, context?: ActionContext): Promise<number> {
    return this.#parts.changes.revokeAll(ownerId, context)
  }

  enable(id: string, context?: ActionContext): Promise<void> {
    return this.#parts.changes.setEnabled(id, true, context)
  }

  disable(id: string, context?: ActionContext): Promise<void> {
    return this.#parts.changes.setEnabled(id, false, context)
  }

  rotate(id: string, details?: RotateDetails, context?: ActionContext): Promise<RotatedKey> {
    return this.#parts.changes.rotate(id, details, context)
  }

  /** Counts one use now, outside `verify`. */
  async updateLastUsed(id: string): Promise<void> {
    const lastUsedAt = new Date(this.#parts.now()).toISOString()
    await this.#parts.storage.recordUsage([{ keyId: id, count: 1, lastUsedAt }])
  }

  /** Forgets what is remembered of a key, of an owner's keys, or of all. For changes made elsewhere: give it the change list. */
  invalidate(target: InvalidateTarget): void {
    this.#parts.cache?.invalidate(target)
  }

  invalidateCache(keyHash: string): void {
    this.#parts.cache?.forgetHash(keyHash)
  }

  isExpired(record: ApiKeyRecord): boolean {
    return isExpired(record.metadata.expiresAt, this.#parts.now())
  }

  hasScope(record: ApiKeyRecord, scope: string, options?: ScopeOptions): boolean {
    return hasScope(record.metadata, scope, options)
  }

  hasAnyScope(record: ApiKeyRecord, scopes: readonly string[], options?: ScopeOptions): boolean {
    return hasAnyScope(record.metadata, scopes, options)
  }

  hasAllScopes(record: ApiKeyRecord, scopes: readonly string[], options?: ScopeOptions): boolean {
    return hasAllScopes(record.metadata, scopes, options)
  }

  checkResourceScope(
    record: ApiKeyRecord | null,
    type: string,
    id: string,
    scope: string,
  ): boolean {
    return this.checkResourceAllScopes(record, type, id, [scope])
  }

  checkResourceAnyScope(
    record: ApiKeyRecord | null,
    type: string,
    id: string,
    scopes: readonly string[],
  ): boolean {
    return record !== null && hasAnyScope(record.metadata, scopes, { resource: `${type}:${id}` })
  }

  checkResourceAllScopes(
    record: ApiKeyRecord | null,
    type: string,
    id: string,
    scopes: readonly string[],
  ): boolean {
    return record !== null && hasAllScopes(record.metadata, scopes, { resource: `${type}:${id}` })
  }

  getLogs(query: AuditLogQuery = {}): Promise<AuditLog[]> {
    return this.#parts.audit.find(query)
  }

  countLogs(query: AuditLogQuery = {}): Promise<number> {
    return this.#parts.audit.count(query)
  }

  deleteLogs(query: AuditLogQuery): Promise<number> {
    return this.#parts.audit.remove(query)
  }

  clearLogs(keyId: string): Promise<number> {
    return this.#parts.audit.remove({ keyId })
  }

  getLogStats(ownerId: string): Promise<AuditLogStats> {
    return this.#parts.audit.stats(ownerId)
  }

  /** Writes the uses counted so far. */
  async flushUsage(): Promise<void> {
    await this.#parts.usage?.flush()
  }

  /** Keys remembered, refusals remembered, uses dropped because too many keys waited. For metrics. */
  get counters(): {
    readonly cached: number
    readonly refused: number
    readonly droppedUses: number
  } {
    const { cache, usage } = this.#parts
    return {
      cached: cache?.size ?? 0,
      refused: cache?.negativeSize ?? 0,
      droppedUses: usage?.dropped ?? 0,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.usage?.[Symbol.asyncDispose]()
  }
}
