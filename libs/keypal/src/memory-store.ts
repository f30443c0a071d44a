import { ApiKeyError } from './errors.ts'
import type {
  ApiKeyMetadata,
  ApiKeyRecord,
  AuditLog,
  AuditLogQuery,
  AuditLogStats,
} from './records.ts'
import type { KeyUsage, MetadataChanges, MetadataExpectation, Storage } from './storage.ts'
import { matchingLogs, statsOf } from './memory-logs.ts'

export interface MemoryStoreOptions {
  /** Keys held at most. Default 100 000; a further one is refused. */
  readonly maxKeys?: number
  /** Logs held at most, the oldest go first. Default 100 000. */
  readonly maxLogs?: number
}

/** Keys of one process, for tests and tools. Everything given in or out is a copy. */
export class MemoryStore implements Storage {
  readonly #records = new Map<string, ApiKeyRecord>()
  readonly #idByHash = new Map<string, string>()
  readonly #maxKeys: number
  readonly #maxLogs: number
  #logs: AuditLog[] = []

  constructor(options: MemoryStoreOptions = {}) {
    this.#maxKeys = options.maxKeys ?? 100_000
    this.#maxLogs = options.maxLogs ?? 100_000
  }

  async save(record: ApiKeyRecord, logs: readonly AuditLog[] = []): Promise<void> {
    this.#insert(record)
    this.#log(logs)
  }

  async findByHash(keyHash: string): Promise<ApiKeyRecord | null> {
    const id = this.#idByHash.get(keyHash)
    return id === undefined ? null : this.findById(id)
  }

  async findById(id: string): Promise<ApiKeyRecord | null> {
    const record = this.#records.get(id)
    return record === undefined ? null : structuredClone(record)
  }

  async findByOwner(ownerId: string): Promise<ApiKeyRecord[]> {
    return this.#select((metadata) => metadata.ownerId === ownerId)
  }

  async findByTags(tags: readonly string[], ownerId?: string): Promise<ApiKeyRecord[]> {
    const wanted = new Set(tags.map((tag) => tag.toLowerCase()))
    return this.#select(
      (metadata) =>
        metadata.tags.some((tag) => wanted.has(tag)) &&
        (ownerId === undefined || metadata.ownerId === ownerId),
    )
  }

  async findByTag(tag: string, ownerId?: string): Promise<ApiKeyRecord[]> {
    return this.findByTags([tag], ownerId)
  }

  async updateMetadata(
    id: string,
    changes: MetadataChanges,
    options: { readonly expected?: MetadataExpectation; readonly logs?: readonly AuditLog[] } = {},
  ): Promise<boolean> {
    const record = this.#records.get(id)
    if (record === undefined) throw new ApiKeyError('KEY_NOT_FOUND')
    const { expected = {}, logs = [] } = options
    const names = Object.keys(expected) as (keyof MetadataExpectation)[]
    if (!names.every((name) => record.metadata[name] === expected[name])) return false
    this.#change(record, structuredClone(changes))
    this.#log(logs)
    return true
  }

  async rotate(
    id: string,
    changes: MetadataChanges,
    successor: ApiKeyRecord,
    logs: readonly AuditLog[] = [],
  ): Promise<boolean> {
    const old = this.#records.get(id)
    if (old === undefined) throw new ApiKeyError('KEY_NOT_FOUND')
    if (old.metadata.revokedAt !== null || old.metadata.rotatedTo !== null) return false
    this.#insert(successor)
    this.#change(old, structuredClone(changes))
    this.#log(logs)
    return true
  }

  async recordUsage(usage: readonly KeyUsage[]): Promise<void> {
    for (const { keyId, count, lastUsedAt } of usage) {
      const record = this.#records.get(keyId)
      if (record === undefined) continue
      const before = record.metadata.lastUsedAt
      this.#change(record, {
        usageCount: record.metadata.usageCount + count,
        lastUsedAt: before !== null && before > lastUsedAt ? before : lastUsedAt,
      })
    }
  }

  async delete(id: string): Promise<void> {
    const record = this.#records.get(id)
    if (record === undefined) return
    this.#records.delete(id)
    this.#idByHash.delete(record.keyHash)
  }

  async deleteByOwner(ownerId: string): Promise<void> {
    for (const { id, metadata } of this.#records.values())
      if (metadata.ownerId === ownerId) await this.delete(id)
  }

  async findLogs(query: AuditLogQuery): Promise<AuditLog[]> {
    const offset = query.offset ?? 0
    return structuredClone(
      matchingLogs(this.#logs, query).slice(offset, offset + (query.limit ?? 100)),
    )
  }

  async countLogs(query: AuditLogQuery): Promise<number> {
    return matchingLogs(this.#logs, query).length
  }

  async deleteLogs(query: AuditLogQuery): Promise<number> {
    const gone = new Set(matchingLogs(this.#logs, query))
    this.#logs = this.#logs.filter((log) => !gone.has(log))
    return gone.size
  }

  async getLogStats(ownerId: string): Promise<AuditLogStats> {
    return statsOf(matchingLogs(this.#logs, { ownerId }))
  }

  #select(matches: (metadata: ApiKeyMetadata) => boolean): ApiKeyRecord[] {
    const found = [...this.#records.values()].filter((record) => matches(record.metadata))
    return structuredClone(found).toSorted((a, b) =>
      newestFirst(a.metadata.createdAt, b.metadata.createdAt, a.id, b.id),
    )
  }

  #insert(record: ApiKeyRecord): void {
    if (this.#records.has(record.id) || this.#idByHash.has(record.keyHash))
      throw new ApiKeyError('KEY_EXISTS')
    if (this.#records.size >= this.#maxKeys)
      throw new ApiKeyError('INVALID_INPUT', {
        message: `At most ${this.#maxKeys} keys can be held.`,
      })
    this.#records.set(record.id, structuredClone(record))
    this.#idByHash.set(record.keyHash, record.id)
  }

  #change(record: ApiKeyRecord, changes: Partial<ApiKeyMetadata>): void {
    this.#records.set(record.id, { ...record, metadata: { ...record.metadata, ...changes } })
  }

  #log(logs: readonly AuditLog[]): void {
    this.#logs.push(...structuredClone(logs))
    if (this.#logs.length > this.#maxLogs) this.#logs = this.#logs.slice(-this.#maxLogs)
  }
}

function newestFirst(a: string, b: string, idA: string, idB: string): number {
  if (a === b) return idA < idB ? 1 : -1
  return a < b ? 1 : -1
}
