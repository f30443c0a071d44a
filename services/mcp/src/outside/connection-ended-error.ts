import { CallError } from '@alkdev/operations'

/** A connection to an outside service ended for a reason that this service states itself: nothing of its text comes from outside. */
export class ConnectionEndedError extends CallError {
  constructor(reason: string) {
    super('PROVIDER_LOST', reason)
  }
}
