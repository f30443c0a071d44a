import { randomBytes } from 'node:crypto'
import { uuidv7 } from '@alkdev/std'
import type { ApiKeyMetadata, ApiKeyRecord, AuditAction, AuditLog } from '../records.ts'
import type { Storage } from '../storage.ts'

/** A store and two owners that exist in it and have no keys yet. */
export interface StoreHarness {
  readonly store: Storage
  readonly ownerA: string
  readonly ownerB: string
}

/** One statement about every store. Throws (node:assert) when it does not hold. */
export interface ConformanceCase {
  readonly name: string
  readonly run: (harness: StoreHarness) => Promise<void>
}

let clock = Date.parse('2030-01-01T00:00:00.000Z')

/** A record that no other one equals; each is a second younger than the one before. */
export function record(ownerId: string, changes: Partial<ApiKeyMetadata> = {}): ApiKeyRecord {
  clock += 1000
  const metadata: ApiKeyMetadata = {
    ownerId,
    name: null,
    description: null,
    scopes: [],
    resources: {},
    tags: [],
    enabled: true,
    createdAt: new Date(clock).toISOString(),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    usageCount: 0,
    rotatedTo: null,
    hint: null,
    ...changes,
  }
  return { id: uuidv7(), keyHash: randomBytes(32).toString('hex'), metadata }
}

export function log(action: AuditAction, of: ApiKeyRecord, timestamp: string): AuditLog {
  return {
    id: uuidv7(),
    action,
    keyId: of.id,
    ownerId: of.metadata.ownerId,
    timestamp,
    context: { ip: '192.0.2.1', metadata: { why: 'test' } },
  }
}
