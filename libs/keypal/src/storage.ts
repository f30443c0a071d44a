import type {
  ApiKeyMetadata,
  ApiKeyRecord,
  AuditLog,
  AuditLogQuery,
  AuditLogStats,
} from './records.ts'

/** Columns that a change sets; those not named stay as they are. */
export type MetadataChanges = Partial<
  Omit<ApiKeyMetadata, 'ownerId' | 'createdAt' | 'usageCount' | 'lastUsedAt'>
>

/** What must hold at the moment of the change. `rotatedTo: null` = not rotated yet. */
export type MetadataExpectation = Partial<
  Pick<ApiKeyMetadata, 'enabled' | 'revokedAt' | 'rotatedTo'>
>

/** Uses of one key since the last report. */
export interface KeyUsage {
  readonly keyId: string
  readonly count: number
  readonly lastUsedAt: string
}

/** Options of a store that keeps records for a time. The stores of this library keep them until they are deleted. */
export interface StorageOptions {
  /** Seconds. */
  readonly ttl?: number
}

/**
 * Where keys live. Every method is atomic, `logs` included: a change and its log are both there or neither is. Writers touch only the
 * columns named, so that counting uses can never undo a revocation. Records given out are the caller's: changing them changes nothing here.
 */
export interface Storage {
  /** Throws ApiKeyError KEY_EXISTS when the id or the hash is taken. */
  save(record: ApiKeyRecord, logs?: readonly AuditLog[]): Promise<void>
  findByHash(keyHash: string): Promise<ApiKeyRecord | null>
  findById(id: string): Promise<ApiKeyRecord | null>
  /** Newest first. */
  findByOwner(ownerId: string): Promise<ApiKeyRecord[]>
  /** With any of the tags; newest first. Tags are compared in lower case. */
  findByTags(tags: readonly string[], ownerId?: string): Promise<ApiKeyRecord[]>
  findByTag(tag: string, ownerId?: string): Promise<ApiKeyRecord[]>
  /** Sets columns if `expected` holds; false when it does not. Throws ApiKeyError KEY_NOT_FOUND. */
  updateMetadata(
    id: string,
    changes: MetadataChanges,
    options?: { readonly expected?: MetadataExpectation; readonly logs?: readonly AuditLog[] },
  ): Promise<boolean>
  /** Saves the successor and changes the old key, both or neither; false when the old key is revoked or has a successor already. */
  rotate(
    id: string,
    changes: MetadataChanges,
    successor: ApiKeyRecord,
    logs?: readonly AuditLog[],
  ): Promise<boolean>
  /** Adds counts and raises `lastUsedAt`; keys that are gone are passed over. */
  recordUsage(usage: readonly KeyUsage[]): Promise<void>
  /** Does nothing when there is none. */
  delete(id: string): Promise<void>
  deleteByOwner(ownerId: string): Promise<void>
  /** Newest first. Absent: the store keeps no logs. */
  findLogs?(query: AuditLogQuery): Promise<AuditLog[]>
  countLogs?(query: AuditLogQuery): Promise<number>
  getLogStats?(ownerId: string): Promise<AuditLogStats>
  /** Removes what matches (limit and offset do not count) and says how many. Absent: logs are append-only. */
  deleteLogs?(query: AuditLogQuery): Promise<number>
}
