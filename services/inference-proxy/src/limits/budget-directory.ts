import { CodedError } from '@alkdev/errors'
import { findSessionsAbove, loadBudgetIndex } from '@alkdev/storage/inference'
import type { Db } from '@alkdev/storage'
import type {
  BudgetIndex,
  CountedLimit,
  LedgerCaller,
  ReservedLimit,
} from '@alkdev/storage/inference'
import type { SlicedBudget } from './budget-slices.ts'

/** How long what was read is believed: a changed limit counts after no longer than this. */
const KEPT_MS = 1000
/** How long the sessions above a session are believed. */
const SESSION_KEPT_MS = 10_000
const MAX_SESSIONS = 10_000
/** Callers whose bounds are kept until the budgets are read again. */
const MAX_CALLERS = 10_000

/** What limits a call. */
export interface CallBounds {
  /** Limits that Redis counts. */
  readonly counted: readonly CountedLimit[]
  /** Budgets in PostgreSQL that count the call, by id. */
  readonly reserved: readonly SlicedBudget[]
  /**
   * The call is made for a session. Its worst case is reserved by itself, never from slices, and PostgreSQL finds the budgets: that of a session
   * which was made a moment ago may not have been read here yet.
   */
  readonly isExact: boolean
  /** Whether any limit or budget of the subjects of the call exists. */
  readonly hasBudget: boolean
  /** Output tokens of a call that does not limit them itself. */
  readonly maxOutputTokens: number | undefined
}

/** The budgets of the deployment as far as a proxy must know them before a call, read at most once a second. */
export class BudgetDirectory {
  readonly #db: Db
  #index: BudgetIndex | undefined
  #counted = new Map<string, CountedLimit[]>()
  #reserved = new Map<string, ReservedLimit[]>()
  #bounds = new Map<string, CallBounds>()
  #readAt = -Infinity
  #reading: Promise<BudgetIndex> | undefined
  readonly #above = new Map<string, { readonly at: number; readonly ids: readonly string[] }>()

  constructor(db: Db) {
    this.#db = db
  }

  /** Forgets what was read: a budget was changed here. */
  forget(): void {
    this.#readAt = -Infinity
  }

  /** Throws UNAVAILABLE when PostgreSQL cannot be asked. */
  async of({ subjects, sessionId, targets }: LedgerCaller): Promise<CallBounds> {
    const index = await this.#current()
    const own = subjects.map(([type, id]) => `${type}:${id}`)
    if (sessionId !== undefined) {
      const above = await this.#sessionsAbove(sessionId)
      const names = [...own, ...above.map((id) => `session:${id}`)]
      return { ...this.#boundsOf(index, names, targets), isExact: true }
    }
    // The targets are among the subjects.
    const caller = own.join('\n')
    const known = this.#bounds.get(caller)
    if (known !== undefined) return known
    const bounds = this.#boundsOf(index, own, targets)
    if (this.#bounds.size >= MAX_CALLERS) this.#bounds.clear()
    this.#bounds.set(caller, bounds)
    return bounds
  }

  #boundsOf(
    { maxOutputTokens, subjects }: BudgetIndex,
    names: readonly string[],
    targets: readonly string[],
  ): CallBounds {
    const bounds = names.flatMap((name) => maxOutputTokens.get(name) ?? [])
    const ofModel = ({ model }: { readonly model: string }): boolean =>
      model === '' || targets.includes(model)
    const reserved = names.flatMap((name) => this.#reserved.get(name) ?? []).filter(ofModel)
    return {
      counted: names.flatMap((name) => this.#counted.get(name) ?? []).filter(ofModel),
      reserved: reserved.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      isExact: false,
      hasBudget: names.some((name) => subjects.has(name)),
      maxOutputTokens: bounds.length === 0 ? undefined : Math.min(...bounds),
    }
  }

  async #current(): Promise<BudgetIndex> {
    if (this.#index !== undefined && performance.now() - this.#readAt < KEPT_MS) return this.#index
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #read(): Promise<BudgetIndex> {
    const startedAt = performance.now()
    const index = await loadBudgetIndex(this.#db).catch((cause: unknown) => {
      throw new CodedError('UNAVAILABLE', 'The budgets could not be read; ask again.', { cause })
    })
    this.#counted = bySubject(index.counted)
    this.#reserved = bySubject(index.reserved)
    this.#bounds = new Map()
    this.#index = index
    this.#readAt = startedAt
    return index
  }

  async #sessionsAbove(sessionId: string): Promise<readonly string[]> {
    const known = this.#above.get(sessionId)
    if (known !== undefined && performance.now() - known.at < SESSION_KEPT_MS) return known.ids
    const ids = await findSessionsAbove(this.#db, sessionId)
    if (this.#above.size >= MAX_SESSIONS) this.#above.clear()
    this.#above.set(sessionId, { at: performance.now(), ids })
    return ids
  }
}

function bySubject<T extends { readonly subjectType: string; readonly subjectId: string }>(
  limits: readonly T[],
): Map<string, T[]> {
  const found = new Map<string, T[]>()
  for (const limit of limits) {
    const name = `${limit.subjectType}:${limit.subjectId}`
    const known = found.get(name)
    if (known === undefined) found.set(name, [limit])
    else known.push(limit)
  }
  return found
}
