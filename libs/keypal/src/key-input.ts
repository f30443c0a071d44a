import { compact } from '@alkdev/std'
import { ApiKeyError } from './errors.ts'
import { durationMs, getExpirationTime } from './expiry.ts'
import type { ResourceScopes } from './records.ts'
import type { MetadataChanges } from './storage.ts'

/** What may be said of a key by who makes or changes it. */
export interface KeyDetails {
  readonly name?: string | null
  readonly description?: string | null
  readonly scopes?: readonly string[]
  readonly resources?: ResourceScopes
  /** ISO 8601 with a zone; null = never. Must lie ahead. */
  readonly expiresAt?: string | null
  /** Instead of `expiresAt`: `30d`, `12h`, `15m`, `90s`, `2w`, or milliseconds. */
  readonly expiresIn?: string | number
  readonly tags?: readonly string[]
  readonly enabled?: boolean
}

export interface CreateApiKeyInput extends KeyDetails {
  readonly ownerId: string
}

const MAX_TEXT = 1024
const MAX_ITEMS = 1000
const MAX_ITEM_TEXT = 256
/** RFC 3339, small letters and a blank between date and time included; with a zone, so that it means the same everywhere. */
const INSTANT = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)$/

/** Milliseconds since the epoch of an RFC 3339 time; a leap second is the second after it. Undefined for other text. */
export function instantOf(text: string): number | undefined {
  const [, date, minutes, seconds = '00', fraction = '', zone = ''] = INSTANT.exec(text) ?? []
  if (date === undefined) return undefined
  const isLeap = seconds === '60'
  const time = Date.parse(
    `${date}T${minutes}:${isLeap ? '59' : seconds}${isLeap ? '' : fraction}${zone.toUpperCase()}`,
  )
  if (Number.isNaN(time)) return undefined
  return isLeap ? time + 1000 : time
}

/** Members that a caller may set. */
const DETAILS: Readonly<Record<keyof KeyDetails, true>> = {
  name: true,
  description: true,
  scopes: true,
  resources: true,
  expiresAt: true,
  expiresIn: true,
  tags: true,
  enabled: true,
}
/** Members of `ApiKeyMetadata` that are set here: a program may pass on the metadata of another key, and they are ignored. */
const OWN_FACTS = new Set(['createdAt', 'lastUsedAt', 'usageCount', 'hint'])
/** Facts of a key that ended. They may be passed on as long as they say nothing: a new key would not be what they say. */
const ENDINGS = new Set(['revokedAt', 'rotatedTo'])

/** Throws ApiKeyError INVALID_INPUT for input that is not an object, and for a member that would be ignored. */
export function checkMembers(method: string, input: object, more: readonly string[] = []): void {
  const given: unknown = input
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refuse(`${method} takes an object.`)
  for (const [name, value] of Object.entries(input) as [string, unknown][]) {
    if (value === undefined || Object.hasOwn(DETAILS, name) || more.includes(name)) continue
    if (OWN_FACTS.has(name) || (ENDINGS.has(name) && value === null)) continue
    if (ENDINGS.has(name)) return refuse(`${method} does not set ${name}.`)
    return refuse(`${method} has no member "${name.slice(0, 100)}".`)
  }
  return undefined
}

function refuse(message: string): never {
  throw new ApiKeyError('INVALID_INPUT', { message })
}

/** No store can be expected to keep a NUL. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0')
}

function text(name: string, value: string | null): string | null {
  if (value === null || (isText(value) && value.length <= MAX_TEXT)) return value
  if (typeof value === 'string' && !isText(value)) return refuse(`${name} must hold no NUL.`)
  return refuse(`${name} must be a text of at most ${MAX_TEXT} characters.`)
}

function texts(name: string, value: readonly string[]): string[] {
  const fits = (item: unknown): boolean =>
    isText(item) && item.length > 0 && item.length <= MAX_ITEM_TEXT
  if (!Array.isArray(value) || value.length > MAX_ITEMS || !value.every(fits))
    return refuse(`${name} must be at most ${MAX_ITEMS} texts of 1 to ${MAX_ITEM_TEXT} characters.`)
  return [...new Set(value)]
}

/** Tags as they are stored and compared: lower case, once each. */
export function normalizeTags(tags: readonly string[]): string[] {
  return [...new Set(texts('tags', tags).map((tag) => tag.toLowerCase()))]
}

function resources(value: ResourceScopes): ResourceScopes {
  const given: unknown = value
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refuse('resources must be an object.')
  const names = Object.keys(value)
  if (names.length > MAX_ITEMS || !names.every((name) => /^[^:]+:.+$/.test(name)))
    return refuse(`resources must be at most ${MAX_ITEMS} entries with names like "type:id".`)
  return Object.fromEntries(
    names.map((name) => [name, texts(`resources of ${name}`, value[name] ?? [])]),
  )
}

function expiry(details: KeyDetails, nowMs: number): string | null | undefined {
  const { expiresAt, expiresIn } = details
  if (expiresIn !== undefined) {
    const ms = durationMs(expiresIn)
    if (expiresAt !== undefined) return refuse('expiresAt and expiresIn exclude each other.')
    if (ms === undefined || nowMs + ms > 8.64e15)
      return refuse('expiresIn must be like 30d, 12h, 15m or 90s.')
    return new Date(nowMs + ms).toISOString()
  }
  if (expiresAt === undefined || expiresAt === null) return expiresAt
  const atMs = typeof expiresAt === 'string' ? instantOf(expiresAt) : undefined
  if (atMs === undefined) return refuse('expiresAt must be an RFC 3339 time with a zone.')
  return future(new Date(atMs).toISOString(), nowMs)
}

/** The time, if it lies ahead. A key is never made expired. */
export function future(expiresAt: string | null, nowMs: number): string | null {
  return getExpirationTime(expiresAt) > nowMs ? expiresAt : refuse('expiresAt must lie ahead.')
}

export function checkOwner(ownerId: string): string {
  if (typeof ownerId === 'string' && ownerId.length > 0 && ownerId.length <= MAX_ITEM_TEXT)
    return ownerId
  return refuse('ownerId is missing.')
}

/** The columns that `details` sets, checked. Throws ApiKeyError INVALID_INPUT that says which is wrong. */
export function detailChanges(details: KeyDetails, nowMs: number): MetadataChanges {
  const expiresAt = expiry(details, nowMs)
  const enabled: unknown = details.enabled
  if (enabled !== undefined && typeof enabled !== 'boolean')
    return refuse('enabled must be true or false.')
  return {
    ...(details.name !== undefined && { name: text('name', details.name) }),
    ...(details.description !== undefined && {
      description: text('description', details.description),
    }),
    ...(details.scopes !== undefined && { scopes: texts('scopes', details.scopes) }),
    ...(details.resources !== undefined && { resources: resources(details.resources) }),
    ...(details.tags !== undefined && { tags: normalizeTags(details.tags) }),
    ...compact({ enabled: details.enabled, expiresAt }),
  }
}
