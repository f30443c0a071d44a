import type { Bus } from '@alkdev/bus'
import { setSpokeStatus } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { BrokerEvents, SpokeInfo } from '../events.ts'

interface StatusChange {
  readonly info: SpokeInfo
  readonly status: 'suspended' | 'disconnected'
  readonly why: string
}

export interface StatusWriterOptions {
  readonly bus: Pick<Bus, 'announceChange'>
  readonly db: Db
  readonly events: Pick<BrokerEvents, 'suspended' | 'detached'>
  readonly onFailed: (error: unknown, info: SpokeInfo) => void
}

/** Persists spoke disconnects. Failed writes are retried later; only the latest status per spoke is kept. */
export class StatusWriter {
  readonly #options: StatusWriterOptions
  readonly #unwritten = new Map<string, StatusChange>()
  /** What is being written: a retry meanwhile would report it twice. */
  readonly #writing = new Set<StatusChange>()

  constructor(options: StatusWriterOptions) {
    this.#options = options
  }

  get unwritten(): number {
    return this.#unwritten.size
  }

  /** Never rejects. */
  add(info: SpokeInfo, status: StatusChange['status'], why: string): Promise<void> {
    const change = { info, status, why }
    this.#unwritten.set(info.spokeId, change)
    return this.#write(change)
  }

  /** Retries failed writes. Stops at the first failure: the others would fail too. */
  async retry(): Promise<void> {
    for (const change of this.#unwritten.values()) {
      if (this.#writing.has(change)) continue
      await this.#write(change)
      if (this.#unwritten.get(change.info.spokeId) === change) return
    }
  }

  async #write(change: StatusChange): Promise<void> {
    const { bus, db, events, onFailed } = this.#options
    const { info, status, why } = change
    const { spokeId, epoch } = info
    this.#writing.add(change)
    try {
      const registryChange = await setSpokeStatus(db, { spokeId, epoch, status })
      if (this.#unwritten.get(spokeId) === change) this.#unwritten.delete(spokeId)
      if (registryChange === undefined) return
      if (status === 'suspended') events.suspended(info, why)
      else events.detached(info, why)
      await bus.announceChange(registryChange)
    } catch (error) {
      onFailed(error, info)
    } finally {
      this.#writing.delete(change)
    }
  }
}
