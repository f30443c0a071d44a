import { uuidv7 } from '@alkdev/std'
import { ApiKeyError } from './errors.ts'
import type {
  ActionContext,
  ApiKeyRecord,
  AuditAction,
  AuditLog,
  AuditLogQuery,
  AuditLogStats,
} from './records.ts'
import type { Storage } from './storage.ts'

export interface AuditOptions {
  readonly storage: Storage
  readonly enabled: boolean
  /** Merged under the context of each action; so is its `metadata`. */
  readonly context?: ActionContext
  readonly now: () => number
}

const MAX_LIMIT = 1000

function refuse(message: string): never {
  throw new ApiKeyError('INVALID_INPUT', { message })
}

function checkQuery(query: AuditLogQuery): AuditLogQuery {
  const { limit = 100, offset = 0, startDate, endDate } = query
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    refuse(`limit must be 1 to ${MAX_LIMIT}.`)
  if (!Number.isInteger(offset) || offset < 0) refuse('offset must be 0 or more.')
  for (const date of [startDate, endDate])
    if (date !== undefined && Number.isNaN(Date.parse(date)))
      refuse('startDate and endDate must be ISO 8601 times.')
  return { ...query, limit, offset }
}

/** The record of who did what to which key. Logs are made here and written by the store together with the change. */
export class Audit {
  readonly #options: AuditOptions

  constructor(options: AuditOptions) {
    this.#options = options
  }

  /** The log of one change, as the list that the store takes; empty when logs are off. */
  logs(
    action: AuditAction,
    record: ApiKeyRecord,
    context: ActionContext = {},
    data: Record<string, unknown> = {},
  ): AuditLog[] {
    if (!this.#options.enabled) return []
    const base = this.#options.context ?? {}
    const metadata = { ...base.metadata, ...context.metadata, ...data }
    return [
      {
        id: uuidv7(),
        action,
        keyId: record.id,
        ownerId: record.metadata.ownerId,
        timestamp: new Date(this.#options.now()).toISOString(),
        context: { ...base, ...context, ...(Object.keys(metadata).length > 0 && { metadata }) },
      },
    ]
  }

  /** Newest first. Throws AUDIT_LOGGING_DISABLED, STORAGE_NOT_SUPPORTED or INVALID_INPUT. */
  async find(query: AuditLogQuery): Promise<AuditLog[]> {
    return this.#store('findLogs').findLogs(checkQuery(query))
  }

  async count(query: AuditLogQuery): Promise<number> {
    return this.#store('countLogs').countLogs(checkQuery(query))
  }

  /** Removes what matches; at least one of keyId, ownerId, action, startDate, endDate must be given. */
  async remove(query: AuditLogQuery): Promise<number> {
    const store = this.#store('deleteLogs')
    const { keyId, ownerId, action, startDate, endDate } = query
    if ([keyId, ownerId, action, startDate, endDate].every((part) => part === undefined))
      refuse('Say which logs to delete.')
    return store.deleteLogs(checkQuery(query))
  }

  async stats(ownerId: string): Promise<AuditLogStats> {
    return this.#store('getLogStats').getLogStats(ownerId)
  }

  #store<M extends 'findLogs' | 'countLogs' | 'deleteLogs' | 'getLogStats'>(
    method: M,
  ): Required<Pick<Storage, M>> {
    if (!this.#options.enabled) throw new ApiKeyError('AUDIT_LOGGING_DISABLED')
    if (this.#options.storage[method] === undefined) throw new ApiKeyError('STORAGE_NOT_SUPPORTED')
    return this.#options.storage as Storage & Required<Pick<Storage, M>>
  }
}
