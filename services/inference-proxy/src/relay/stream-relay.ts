import type { LedgerAttempt } from '../ledger/ledger-attempt.ts'
import { LongEvents } from '../usage/long-events.ts'
import { StreamUsage } from '../usage/stream-usage.ts'
import type { Protocol } from '../usage/protocol.ts'
import { EventReader } from './event-reader.ts'
import type { StreamPiece } from './event-reader.ts'
import { ToolCallRepair } from './tool-call-repair.ts'

export interface StreamRelayInput {
  readonly protocol: Protocol
  readonly attempt: LedgerAttempt
  /** Leave out the event that holds the usage: the client did not ask for it. */
  readonly hidesUsage: boolean
  /** Repair the indices of tool calls. */
  readonly repairsToolCalls?: boolean
  /** The line that tells the client what the call cost; called once, when nothing more can be used. */
  readonly costLine: (usage: StreamUsage) => string
  /** Takes each parsed event. */
  readonly onData?: (data: unknown) => void
}

/** Reads a stream of a provider for the ledger, and gives out what the client gets of it: the same bytes, but for the usage that it did not ask for, the line with the cost, and events after the last one. */
export class StreamRelay {
  readonly #input: StreamRelayInput
  readonly #reader = new EventReader()
  readonly usage: StreamUsage
  readonly #repair: ToolCallRepair | undefined
  readonly #long = new LongEvents()
  #hasCost = false
  /** The model wrote something. */
  hasContent = false

  constructor(input: StreamRelayInput) {
    this.#input = input
    this.usage = new StreamUsage(input.protocol)
    this.#repair = input.repairsToolCalls === true ? new ToolCallRepair() : undefined
  }

  push(chunk: Buffer): Buffer {
    return this.#written(this.#reader.push(chunk))
  }

  /** What is left of a stream that has ended by itself. */
  end(): Buffer {
    const rest = this.#reader.end()
    return rest === undefined ? Buffer.alloc(0) : this.#written([rest])
  }

  /** The line with the cost, unless it was given out already. */
  costLine(): string {
    if (this.#hasCost) return ''
    this.#hasCost = true
    return this.#input.costLine(this.usage)
  }

  /** An event that is too long to be read has passed. It may be the last one. */
  #takeLong(bytes: Buffer, out: Buffer[]): void {
    const long = this.#long.take(bytes)
    if (long !== undefined && this.usage.take(long)?.isLast === true)
      out.push(Buffer.from(this.costLine()))
  }

  #written(pieces: readonly StreamPiece[]): Buffer {
    const { attempt, hidesUsage } = this.#input
    const out: Buffer[] = []
    for (const { bytes, data } of pieces) {
      if (data === undefined) {
        out.push(bytes)
        this.#takeLong(bytes, out)
        continue
      }
      const facts = this.usage.take(data)
      if (facts === undefined) {
        // The answer is whole, and the client has its cost.
        if (data === '[DONE]') out.push(bytes)
        continue
      }
      attempt.onData(data)
      attempt.textBytes = this.usage.textBytes
      if (facts.textBytes > 0) {
        this.hasContent = true
        attempt.onContent()
      }
      this.#input.onData?.(data)
      if (hidesUsage && facts.isUsageOnly) continue
      if (facts.isLast) out.push(Buffer.from(this.costLine()))
      const repaired = this.#repair?.take(data)
      out.push(
        repaired === undefined ? bytes : Buffer.from(`data: ${JSON.stringify(repaired)}\n\n`),
      )
    }
    const [only] = out
    return out.length === 1 && only ? only : Buffer.concat(out)
  }
}
