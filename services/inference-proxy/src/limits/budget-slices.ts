import { changeSlices } from '@alkdev/storage/inference'
import type { ChangedSlice, ReservedLimit, SliceChange } from '@alkdev/storage/inference'
import type { Db } from '@alkdev/storage'

/** Milliseconds after which others may have a slice that was not renewed. */
const LEASE_MS = 5000
/** A slice is used no longer than this after the statement that renewed it was sent: what is taken then is written within the lease. */
const USABLE_MS = 3000
/** Leases are renewed, and slices fitted to what is used, so often. */
const TICK_MS = 500
/** A slice that no call has used for so long is given back. */
const IDLE_MS = 10_000
/** A budget that had nothing for a slice is not asked again for so long. */
const DENIED_MS = 1000
/** The same after a call needed what was in slices. */
const RECALLED_MS = 5000
/** A slice has room for this number of calls like the last one, and for twice what was used in a tick. */
const CALLS = 8
/** Fewer are not worth a slice. */
const LEAST_CALLS = 2
/** More is in no budget, and would not fit into the numbers of PostgreSQL. */
const MAX_AMOUNT = 1_000_000_000_000_000

/** A budget that counts a call. */
export type SlicedBudget = Pick<ReservedLimit, 'id' | 'unit'>

/** The most that a call can use. `micros`: null when a price is not known. */
export interface WorstCase {
  readonly tokens: number
  readonly micros: number | null
}

/** What was taken for a call, by the ids of its budgets. */
export interface TakenSlices {
  readonly holder: string
  readonly amounts: Readonly<Record<string, number>>
}

interface Slice {
  /** What no call has taken. Less than PostgreSQL knows by what is on its way. */
  free: number
  /** PostgreSQL has a slice of this holder. */
  isHeld: boolean
  usableUntil: number
  usedAt: number
  /** What calls took in this tick, and in the last one. */
  used: number
  rate: number
  /** What the last call needed. */
  need: number
  /** Nothing is taken of the budget until then. */
  deniedUntil: number
  /** All of it goes back. */
  isLeaving: boolean
}

export interface BudgetSlicesOptions {
  readonly db: Db
  /** Names this process. */
  readonly processId: string
  readonly onError: (error: unknown) => void
}

/**
 * The slices of budgets that this process holds: calls take their worst cases from them in memory. PostgreSQL alone decides what a slice has. When this process may have
 * lost one, it uses none any more and takes new ones under another name; what it had comes back to the budgets when the leases are over.
 */
export class BudgetSlices {
  readonly #options: BudgetSlicesOptions
  readonly #slices = new Map<string, Slice>()
  #generation = 0
  #ticks: NodeJS.Timeout | undefined
  /** Budgets whose slices are to be changed. */
  #due = new Set<string>()
  #running: Promise<void> | undefined
  #isClosed = false

  constructor(options: BudgetSlicesOptions) {
    this.#options = options
  }

  /** Takes the worst case of a call from the slices of all of its budgets; undefined when one of them has not got it: then nothing is taken, and it will be larger. */
  take(budgets: readonly SlicedBudget[], worst: WorstCase): TakenSlices | undefined {
    const now = performance.now()
    const amounts: Record<string, number> = {}
    let isShort = false
    for (const budget of budgets) {
      const need = needOf(budget, worst)
      // What needs nothing, cannot be priced, or has room in no slice is left to PostgreSQL.
      if (need === null || need === 0 || need > MAX_AMOUNT / CALLS) return undefined
      amounts[budget.id] = need
      const slice = this.#slices.get(budget.id) ?? this.#added(budget.id)
      slice.need = need
      slice.usedAt = now
      if (slice.free < need || now > slice.usableUntil || slice.isLeaving) isShort = true
    }
    for (const { id } of budgets) {
      const slice = this.#slices.get(id)
      const need = amounts[id] ?? 0
      if (slice === undefined) continue
      slice.used += need
      if (!isShort) slice.free -= need
      if (slice.free < targetOf(slice) / 2 && now > slice.deniedUntil) this.#change(id)
    }
    return isShort ? undefined : { holder: this.#holder, amounts }
  }

  /** Puts back what a call took whose row was not written. */
  back({ holder, amounts }: TakenSlices): void {
    if (holder !== this.#holder) return
    for (const [id, amount] of Object.entries(amounts)) {
      const slice = this.#slices.get(id)
      if (slice !== undefined) slice.free += amount
    }
  }

  /** The holder may have lost slices. */
  lost(holder: string): void {
    if (holder === this.#holder) this.#abandon()
  }

  /** Gives the slice of a budget back, because a call needs what is in slices. Resolves when that was tried. */
  async recall(budgetId: string): Promise<void> {
    const slice = this.#slices.get(budgetId)
    if (slice === undefined || !slice.isHeld) return
    this.#leave(budgetId, slice, RECALLED_MS)
    await this.#running
  }

  /** A statement has said that a call needs what is in slices. */
  recalled(budgetId: string): void {
    const slice = this.#slices.get(budgetId)
    if (slice !== undefined && slice.isHeld && !slice.isLeaving)
      this.#leave(budgetId, slice, RECALLED_MS)
  }

  /** Gives everything back. What cannot be given back comes back when its lease is over. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#ticks)
    await this.#running
    for (const [id, slice] of this.#slices) if (slice.isHeld) this.#leave(id, slice)
    await this.#running
  }

  get #holder(): string {
    return `${this.#options.processId}:${this.#generation}`
  }

  #added(id: string): Slice {
    const slice: Slice = {
      free: 0,
      isHeld: false,
      usableUntil: -Infinity,
      usedAt: 0,
      used: 0,
      rate: 0,
      need: 0,
      deniedUntil: -Infinity,
      isLeaving: false,
    }
    this.#slices.set(id, slice)
    this.#ticks ??= setInterval(() => this.#tick(), TICK_MS).unref()
    return slice
  }

  /** Gives a slice back, and takes none of the budget for `ms` milliseconds. */
  #leave(id: string, slice: Slice, ms = 0): void {
    slice.isLeaving = true
    slice.deniedUntil = performance.now() + ms
    this.#change(id)
  }

  #abandon(): void {
    this.#generation += 1
    this.#slices.clear()
    this.#due.clear()
  }

  #tick(): void {
    const now = performance.now()
    for (const [id, slice] of this.#slices) {
      slice.rate = slice.used
      slice.used = 0
      const isIdle = now - slice.usedAt > IDLE_MS
      if (isIdle && !slice.isHeld) this.#slices.delete(id)
      else if (isIdle) this.#leave(id, slice)
      else if (slice.isHeld) this.#change(id)
    }
    if (this.#slices.size > 0) return
    clearInterval(this.#ticks)
    this.#ticks = undefined
  }

  #change(id: string): void {
    this.#due.add(id)
    this.#running ??= this.#changeAll()
  }

  /** Never rejects. */
  async #changeAll(): Promise<void> {
    // What is due in this turn of the event loop shares a statement.
    await Promise.resolve()
    while (this.#due.size > 0) {
      const ids = [...this.#due]
      this.#due.clear()
      // oxlint-disable-next-line no-await-in-loop -- one statement at a time
      await this.#write(ids)
    }
    this.#running = undefined
  }

  async #write(ids: readonly string[]): Promise<void> {
    const { db, onError } = this.#options
    const holder = this.#holder
    const sentAt = performance.now()
    const changes = ids.flatMap((id) => this.#changeOf(id, sentAt) ?? [])
    if (changes.length === 0) return
    const leaving = new Set(ids.filter((id) => this.#slices.get(id)?.isLeaving))
    const asking = new Set(changes.filter(({ amount }) => amount > 0).map(({ id }) => id))
    try {
      const changed = await changeSlices(db, holder, LEASE_MS, changes)
      if (holder !== this.#holder) return
      for (const one of changed)
        this.#apply(one, sentAt, { isLeaving: leaving.has(one.id), asks: asking.has(one.id) })
    } catch (error) {
      // What the statement did is not known.
      if (holder === this.#holder) this.#abandon()
      onError(error)
    }
  }

  #changeOf(id: string, now: number): SliceChange | undefined {
    const slice = this.#slices.get(id)
    if (slice === undefined) return undefined
    const { isHeld, need } = slice
    if (slice.isLeaving) {
      if (!isHeld) {
        slice.isLeaving = false
        return undefined
      }
      const amount = -slice.free
      slice.free = 0
      return { id, amount, least: 0, isKnown: true }
    }
    const target = targetOf(slice)
    const isWanted = now > slice.deniedUntil && slice.free < target / 2 && !this.#isClosed
    const amount = isWanted ? target - slice.free : 0
    if (amount === 0 && !isHeld) return undefined
    return { id, amount, least: LEAST_CALLS * need, isKnown: isHeld }
  }

  #apply(
    { id, granted, isLost, isRecalled }: ChangedSlice,
    sentAt: number,
    sent: { readonly isLeaving: boolean; readonly asks: boolean },
  ): void {
    const slice = this.#slices.get(id)
    if (slice === undefined) return
    if (isLost) {
      if (slice.isHeld) this.#abandon()
      else this.#slices.delete(id)
      return
    }
    if (sent.isLeaving) {
      slice.isLeaving = false
      slice.isHeld = false
      return
    }
    if (granted > 0) {
      slice.free += granted
      slice.isHeld = true
    } else if (sent.asks)
      slice.deniedUntil = Math.max(slice.deniedUntil, performance.now() + DENIED_MS)
    slice.usableUntil = sentAt + USABLE_MS
    if (isRecalled && slice.isHeld) this.#leave(id, slice, RECALLED_MS)
  }
}

function needOf({ unit }: SlicedBudget, { tokens, micros }: WorstCase): number | null {
  if (unit === 'requests') return 1
  return unit === 'tokens' ? tokens : micros
}

function targetOf({ need, used, rate }: Slice): number {
  return Math.min(MAX_AMOUNT, Math.max(CALLS * need, 2 * Math.max(used, rate)))
}
