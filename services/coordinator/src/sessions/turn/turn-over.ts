import type { EndReason, TurnEnd } from '@alkdev/storage/sessions'

/** The end of a turn, thrown where it is noticed. */
export class TurnOver extends Error {
  readonly end: TurnEnd

  constructor(reason: EndReason, error?: string, waitingOn?: TurnEnd['waitingOn']) {
    super(reason)
    this.end = { reason, error, waitingOn }
  }
}
