import type { EndReason, TurnEnd } from '@alkdev/storage/sessions'

/** The end of a turn, thrown where it is noticed. */
export class TurnOver extends Error {
  readonly end: TurnEnd

  constructor(reason: EndReason, error?: string, waitingOn?: TurnEnd['waitingOn']) {
    super(reason)
    this.end = { reason, error, waitingOn }
  }
}

/** Errors of turns, as JSON. */
export const TURN_LIMIT = JSON.stringify({
  code: 'TIMEOUT',
  message: 'The turn reached its number of steps or its time.',
})
export const NO_MODEL = JSON.stringify({
  code: 'VALIDATION_ERROR',
  message:
    'No model is set for the session, its role or the hub (sessions.model). Create a session with a model, or give its role one.',
})
