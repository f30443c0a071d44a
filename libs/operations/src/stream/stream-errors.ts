import { CallError } from '../calls/call-error.ts'

/** The end of a stream of which items are missing. `reason` says which; `received` is the number of items that came. */
export function incompleteError(reason: string, received: number): CallError {
  const message = `The stream is incomplete: ${reason}.`
  return new CallError('PROVIDER_LOST', message, { outcome: 'unknown', received })
}

/** The end of a stream whose producer ignored the credit. `received` is the number of items that came before. */
export function overrunError(received: number): CallError {
  const message = 'The provider sent more items than it was given credit for.'
  return new CallError('PROVIDER_LOST', message, {
    outcome: 'unknown',
    reason: 'overrun',
    received,
  })
}
