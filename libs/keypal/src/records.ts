/** `"type:id"` (or `"type:*"`) to the scopes that hold for it. */
export type ResourceScopes = Readonly<Record<string, readonly string[]>>

/** Everything about a key but its hash. Times are ISO 8601 texts. */
export interface ApiKeyMetadata {
  readonly ownerId: string
  readonly name: string | null
  readonly description: string | null
  readonly scopes: readonly string[]
  readonly resources: ResourceScopes
  /** Lower case, without duplicates. */
  readonly tags: readonly string[]
  readonly enabled: boolean
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly lastUsedAt: string | null
  readonly usageCount: number
  /** Id of the key that took over. */
  readonly rotatedTo: string | null
  /** The first characters of the key, for people who hold several. */
  readonly hint: string | null
}

export interface ApiKeyRecord {
  /** UUIDv7. */
  readonly id: string
  /** Lower-case hex. */
  readonly keyHash: string
  readonly metadata: ApiKeyMetadata
  /** What the store knows of the owner; absent when it knows nothing of owners. */
  readonly owner?: KeyOwner
  /** Whatever else the store hands through with the record; nothing here reads it. */
  readonly extra?: Readonly<Record<string, unknown>>
}

export interface KeyOwner {
  readonly active: boolean
  readonly orgIds?: readonly string[]
}

export const AuditAction = {
  CREATED: 'created',
  UPDATED: 'updated',
  REVOKED: 'revoked',
  ROTATED: 'rotated',
  ENABLED: 'enabled',
  DISABLED: 'disabled',
} as const
export type AuditAction = (typeof AuditAction)[keyof typeof AuditAction]

/** Who caused a change, and from where. */
export interface ActionContext {
  /** The account that acts. */
  readonly userId?: string
  /** The key that was shown. */
  readonly actorKeyId?: string
  readonly ip?: string
  readonly userAgent?: string
  /** The call that did it. */
  readonly requestId?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

export interface AuditLog {
  readonly id: string
  readonly action: AuditAction
  readonly keyId: string
  readonly ownerId: string
  readonly timestamp: string
  readonly context: ActionContext
}

export interface AuditLogQuery {
  readonly keyId?: string
  readonly ownerId?: string
  readonly action?: AuditAction
  /** First moment that counts. */
  readonly startDate?: string
  /** Last moment that counts. */
  readonly endDate?: string
  /** 1 to 1000, default 100. */
  readonly limit?: number
  readonly offset?: number
}

export interface AuditLogStats {
  readonly total: number
  readonly byAction: Readonly<Partial<Record<AuditAction, number>>>
  readonly lastActivity: string | null
}
