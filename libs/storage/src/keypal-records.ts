import type { HolderLimits } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { ApiKeyMetadata, ApiKeyRecord, MetadataChanges } from 'keypal'
import type { KeyHolder } from './identity/key-holder.ts'
import { AccountStatus } from './schema/identity/families.ts'
import type { ApiKeyInsert, ApiKeyRow } from './schema/identity/api-keys.ts'

const iso = (date: Date | null): string | null => date?.toISOString() ?? null
const instant = (text: string | null): Date | null => (text === null ? null : new Date(text))

/** A row as keypal sees it, without its owner. */
export function rowRecord(row: ApiKeyRow): ApiKeyRecord {
  const metadata: ApiKeyMetadata = {
    ownerId: row.ownerId,
    name: row.name,
    description: row.description,
    scopes: row.scopes,
    resources: row.resources,
    tags: row.tags,
    enabled: row.enabled,
    createdAt: row.createdAt.toISOString(),
    expiresAt: iso(row.expiresAt),
    revokedAt: iso(row.revokedAt),
    lastUsedAt: iso(row.lastUsedAt),
    usageCount: row.usageCount,
    rotatedTo: row.rotatedTo,
    hint: row.keyHint,
  }
  return { id: row.id, keyHash: row.keyHash, metadata }
}

/** `extra` holds the access level of the account, and the stored limits of the holder, if any. */
export function holderRecord(holder: KeyHolder): ApiKeyRecord {
  const { key, accountStatus, orgIds } = holder
  const owner = { active: accountStatus === AccountStatus.ACTIVE, orgIds }
  const { accessLevel } = holder
  const limits = limitsOf(holder)
  return { ...rowRecord(key), owner, extra: { accessLevel, ...compact({ limits }) } }
}

function limitsOf(holder: KeyHolder): HolderLimits | undefined {
  const { key, countedAs, accountLimits, orgLimits } = holder
  const isRotated = countedAs !== key.id
  const hasOrgLimits = Object.keys(orgLimits).length > 0
  if (!key.requestLimits && !accountLimits && !hasOrgLimits && !isRotated) return undefined
  return {
    ...(isRotated && { countedAs }),
    ...(key.requestLimits && { key: key.requestLimits }),
    ...(accountLimits && { account: accountLimits }),
    organizations: orgLimits,
  }
}

/** Only the columns that the changes name. */
export function columnsOf(changes: MetadataChanges): Partial<ApiKeyInsert> {
  const { scopes, resources, tags, expiresAt, revokedAt, hint, ...same } = changes
  return {
    ...same,
    ...compact({ keyHint: hint }),
    ...(scopes !== undefined && { scopes: [...scopes] }),
    ...compact({ tags: tags?.map((tag) => tag.toLowerCase()) }),
    ...(resources !== undefined && { resources: grants(resources) }),
    ...(expiresAt !== undefined && { expiresAt: instant(expiresAt) }),
    ...(revokedAt !== undefined && { revokedAt: instant(revokedAt) }),
  }
}

export function insertOf({ id, keyHash, metadata }: ApiKeyRecord): ApiKeyInsert {
  const { ownerId, createdAt, lastUsedAt, usageCount, ...rest } = metadata
  return {
    ...columnsOf(rest),
    id,
    keyHash,
    ownerId,
    usageCount,
    createdAt: new Date(createdAt),
    lastUsedAt: instant(lastUsedAt),
  }
}

function grants(resources: ApiKeyMetadata['resources']): Record<string, string[]> {
  return Object.fromEntries(Object.entries(resources).map(([name, scopes]) => [name, [...scopes]]))
}
