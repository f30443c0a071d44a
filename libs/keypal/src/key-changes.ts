import { compact, uuidv7 } from '@alkdev/std'
import type { Audit } from './audit.ts'
import { ApiKeyError } from './errors.ts'
import { getExpirationTime } from './expiry.ts'
import type { KeyFormat } from './key-format.ts'
import { checkMembers, checkOwner, detailChanges, future } from './key-input.ts'
import type { CreateApiKeyInput, KeyDetails } from './key-input.ts'
import { AuditAction } from './records.ts'
import type { ActionContext, ApiKeyMetadata, ApiKeyRecord } from './records.ts'
import type { MetadataChanges, MetadataExpectation, Storage } from './storage.ts'

export interface KeyChangesOptions {
  readonly storage: Storage
  readonly format: KeyFormat
  readonly hashKey: (key: string) => string
  readonly audit: Audit
  readonly now: () => number
  /** Called with every key that changed here, after the change is stored. */
  readonly changed: (keyId: string) => void
}

export interface CreatedKey {
  /** Shown this once; it is stored nowhere. */
  readonly key: string
  readonly record: ApiKeyRecord
}

export interface RotateDetails extends KeyDetails {
  /** Milliseconds that the old key stays good. Default 0: it is revoked at once. */
  readonly graceMs?: number
  /** May be given as it is, with the metadata of the old key; rotating does not change it. */
  readonly ownerId?: string
}

export interface RotatedKey extends CreatedKey {
  readonly oldRecord: ApiKeyRecord
}

/** Everything that makes or changes keys. Each change is one atomic step of the store, its audit log included. */
export class KeyChanges {
  readonly #options: KeyChangesOptions

  constructor(options: KeyChangesOptions) {
    this.#options = options
  }

  async create(input: CreateApiKeyInput, context?: ActionContext): Promise<CreatedKey> {
    checkMembers('create', input, ['ownerId'])
    const nowMs = this.#options.now()
    const created = this.#newKey({
      ...blank(checkOwner(input.ownerId), nowMs),
      ...detailChanges(input, nowMs),
    })
    const { name, scopes } = created.record.metadata
    await this.#options.storage.save(
      created.record,
      this.#options.audit.logs(AuditAction.CREATED, created.record, context, { name, scopes }),
    )
    this.#options.changed(created.record.id)
    return created
  }

  /** Changes what is said of a key; its owner, hash and history stay. A rotated key takes no later end (ALREADY_ROTATED). */
  async update(id: string, details: KeyDetails, context?: ActionContext): Promise<ApiKeyRecord> {
    checkMembers('update', details)
    const changes = detailChanges(details, this.#options.now())
    const record = await this.#get(id)
    const logs = this.#options.audit.logs(AuditAction.UPDATED, record, context, {
      fields: Object.keys(changes),
    })
    const later =
      changes.expiresAt !== undefined &&
      getExpirationTime(changes.expiresAt) > getExpirationTime(record.metadata.expiresAt)
    if (later && record.metadata.rotatedTo !== null) throw new ApiKeyError('ALREADY_ROTATED')
    // Of a rotation and a later end at the same time only one happens.
    const expected = {
      revokedAt: null,
      ...(changes.expiresAt !== undefined && { rotatedTo: record.metadata.rotatedTo }),
    }
    await this.#apply(id, changes, expected, logs, 'CANNOT_MODIFY_REVOKED')
    return this.#get(id)
  }

  async revoke(id: string, context?: ActionContext): Promise<void> {
    const record = await this.#get(id)
    const logs = this.#options.audit.logs(AuditAction.REVOKED, record, context)
    await this.#apply(
      id,
      { revokedAt: this.#nowText() },
      { revokedAt: null },
      logs,
      'ALREADY_REVOKED',
    )
  }

  /** Revokes what is not revoked yet; says how many. */
  async revokeAll(ownerId: string, context?: ActionContext): Promise<number> {
    let revoked = 0
    for (const { id, metadata } of await this.#options.storage.findByOwner(ownerId)) {
      if (metadata.revokedAt !== null) continue
      try {
        await this.revoke(id, context)
        revoked++
      } catch (error) {
        // Another caller was faster: it is revoked, which is what was asked for.
        const gone =
          error instanceof ApiKeyError && ['ALREADY_REVOKED', 'KEY_NOT_FOUND'].includes(error.code)
        if (!gone) throw error
      }
    }
    return revoked
  }

  async setEnabled(id: string, enabled: boolean, context?: ActionContext): Promise<void> {
    const record = await this.#get(id)
    if (record.metadata.revokedAt !== null) throw new ApiKeyError('CANNOT_MODIFY_REVOKED')
    const action = enabled ? AuditAction.ENABLED : AuditAction.DISABLED
    const logs = this.#options.audit.logs(action, record, context)
    const refused = enabled ? 'ALREADY_ENABLED' : 'ALREADY_DISABLED'
    await this.#apply(id, { enabled }, { enabled: !enabled, revokedAt: null }, logs, refused)
  }

  /**
   * A new key in place of an old one. It takes over what is not overridden, `enabled` and the expiry included; `expiresAt: null` clears the
   * expiry. The old one ends at once, or when the grace period is over.
   */
  async rotate(
    id: string,
    details: RotateDetails = {},
    context?: ActionContext,
  ): Promise<RotatedKey> {
    checkMembers('rotate', details, ['graceMs', 'ownerId'])
    const nowMs = this.#options.now()
    const graceMs = details.graceMs ?? 0
    if (!Number.isSafeInteger(graceMs) || graceMs < 0)
      throw new ApiKeyError('INVALID_INPUT', { message: 'graceMs must be 0 or more milliseconds.' })
    const old = await this.#get(id)
    assertRotatable(old.metadata)
    if ((details.ownerId ?? old.metadata.ownerId) !== old.metadata.ownerId)
      throw new ApiKeyError('INVALID_INPUT', { message: 'rotate does not change the owner.' })
    const metadata = { ...inherited(old.metadata, nowMs), ...detailChanges(details, nowMs) }
    future(metadata.expiresAt, nowMs)
    const created = this.#newKey(metadata)
    const logs = [
      ...this.#options.audit.logs(AuditAction.CREATED, created.record, context, {
        rotatedFrom: id,
      }),
      ...this.#options.audit.logs(AuditAction.ROTATED, old, context, {
        rotatedTo: created.record.id,
        graceMs,
      }),
    ]
    const changes = retirement(old.metadata, created.record.id, nowMs, graceMs)
    if (!(await this.#options.storage.rotate(id, changes, created.record, logs))) {
      assertRotatable((await this.#get(id)).metadata)
      throw new ApiKeyError('ALREADY_ROTATED')
    }
    this.#options.changed(id)
    return { ...created, oldRecord: await this.#get(id) }
  }

  #newKey(metadata: ApiKeyMetadata): CreatedKey {
    const key = this.#options.format.generate()
    const keyHash = this.#options.hashKey(key)
    const hint = this.#options.format.hint(key)
    return { key, record: { id: uuidv7(), keyHash, metadata: { ...metadata, hint } } }
  }

  async #get(id: string): Promise<ApiKeyRecord> {
    const record = await this.#options.storage.findById(id)
    if (record === null) throw new ApiKeyError('KEY_NOT_FOUND')
    return record
  }

  async #apply(
    id: string,
    changes: MetadataChanges,
    expected: MetadataExpectation,
    logs: Parameters<Storage['save']>[1],
    refused: 'ALREADY_REVOKED' | 'ALREADY_ENABLED' | 'ALREADY_DISABLED' | 'CANNOT_MODIFY_REVOKED',
  ): Promise<void> {
    const done = await this.#options.storage.updateMetadata(id, changes, {
      expected,
      ...compact({ logs }),
    })
    if (!done) {
      const { metadata } = await this.#get(id)
      if (
        metadata.revokedAt === null &&
        (expected.rotatedTo ?? null) !== metadata.rotatedTo &&
        expected.rotatedTo !== undefined
      )
        throw new ApiKeyError('ALREADY_ROTATED')
      const nowRevoked = metadata.revokedAt !== null && refused !== 'ALREADY_REVOKED'
      throw new ApiKeyError(nowRevoked ? 'CANNOT_MODIFY_REVOKED' : refused)
    }
    this.#options.changed(id)
  }

  #nowText(): string {
    return new Date(this.#options.now()).toISOString()
  }
}

function blank(ownerId: string, nowMs: number): ApiKeyMetadata {
  return {
    ownerId,
    name: null,
    description: null,
    scopes: [],
    resources: {},
    tags: [],
    enabled: true,
    createdAt: new Date(nowMs).toISOString(),
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    usageCount: 0,
    rotatedTo: null,
    hint: null,
  }
}

function inherited(old: ApiKeyMetadata, nowMs: number): ApiKeyMetadata {
  const { name, description, scopes, resources, tags, enabled, expiresAt } = old
  return {
    ...blank(old.ownerId, nowMs),
    name,
    description,
    scopes,
    resources,
    tags,
    enabled,
    expiresAt,
  }
}

function assertRotatable({ revokedAt, rotatedTo }: ApiKeyMetadata): void {
  if (revokedAt !== null) throw new ApiKeyError('CANNOT_MODIFY_REVOKED')
  if (rotatedTo !== null) throw new ApiKeyError('ALREADY_ROTATED')
}

/** How the old key ends: now, or at the end of the grace period, but never later than it would have ended. */
function retirement(
  old: ApiKeyMetadata,
  rotatedTo: string,
  nowMs: number,
  graceMs: number,
): MetadataChanges {
  if (graceMs === 0) return { rotatedTo, revokedAt: new Date(nowMs).toISOString() }
  const end = Math.min(nowMs + graceMs, getExpirationTime(old.expiresAt))
  return { rotatedTo, expiresAt: new Date(end).toISOString() }
}
