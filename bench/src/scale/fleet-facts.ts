/** What many instances cost together: what `fleet-peer.ts` sends. */
export interface FleetFacts {
  readonly instances: number
  readonly spokes: number
  readonly operations: number
  /** Bytes of heap of one of them, after a garbage collection. */
  readonly heapBytesEach: number
  /** Bytes that Redis sent and received in a second while nothing was called. */
  readonly redisBytesPerSecond: number
  /** The share of a processor core that Redis used for it. */
  readonly redisCores: number
  /** The share of a core that one instance used for it. */
  readonly coresEach: number
  /** Milliseconds from the announcement of a change until the last instance had applied it, median. */
  readonly changeMs: number
}
