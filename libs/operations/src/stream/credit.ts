/**
 * A credit of the consumer. The state of a window is the absolute number alone; the relative one is for producers
 * that do not number their items (`call.credit {credits}` of the socket protocol).
 */
export interface Credit {
  /** `seq` of the last item that the consumer accepts. Counts from the first item of the stream, so it is true however often it is sent. */
  readonly upTo: number
  /** How many items that is beyond the previous credit. */
  readonly credits: number
}

/** The payload of a `call.credit`: what a `SendWindow` reads of it. */
export interface CreditPayload {
  readonly credits: number
  readonly upTo?: number | undefined
}
