import { CallError } from '@alkdev/operations'

/** A connection to an outside service ended for a reason that this service states itself: nothing of its text comes from outside. */
export class ConnectionEndedError extends CallError {
  /** PROVIDER_UNAVAILABLE for one that never began. */
  constructor(reason: string, code: 'PROVIDER_LOST' | 'PROVIDER_UNAVAILABLE' = 'PROVIDER_LOST') {
    super(code, reason)
  }
}
