import type { Bus } from '@alkdev/bus'
import { setSpokeStatus } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { BrokerEvents, SpokeFacts } from '../events.ts'

interface Departure {
  readonly facts: SpokeFacts
  readonly status: 'suspended' | 'disconnected'
  readonly why: string
}

export interface DeparturesOptions {
  readonly bus: Bus
  readonly db: Db
  readonly events: BrokerEvents
  readonly onFailed: (error: unknown, facts: SpokeFacts) => void
}

/** Writes that spokes are gone. What can't be written now is kept, the last word of each spoke, and written with a later sweep. */
export class Departures {
  readonly #options: DeparturesOptions
  readonly #unwritten = new Map<string, Departure>()

  constructor(options: DeparturesOptions) {
    this.#options = options
  }

  get unwritten(): number {
    return this.#unwritten.size
  }

  /** Never rejects. */
  add(facts: SpokeFacts, status: Departure['status'], why: string): Promise<void> {
    const departure = { facts, status, why }
    this.#unwritten.set(facts.spokeId, departure)
    return this.#write(departure)
  }

  /** Tries again what could not be written. Stops at the first failure: the others would fail too. */
  async retry(): Promise<void> {
    for (const departure of this.#unwritten.values()) {
      await this.#write(departure)
      if (this.#unwritten.get(departure.facts.spokeId) === departure) return
    }
  }

  async #write(departure: Departure): Promise<void> {
    const { bus, db, events, onFailed } = this.#options
    const { facts, status, why } = departure
    const { spokeId, epoch } = facts
    try {
      const change = await setSpokeStatus(db, { spokeId, epoch, status })
      if (this.#unwritten.get(spokeId) === departure) this.#unwritten.delete(spokeId)
      if (change === undefined) return
      if (status === 'suspended') events.suspended(facts, why)
      else events.detached(facts, why)
      await bus.announceChange(change)
    } catch (error) {
      onFailed(error, facts)
    }
  }
}
