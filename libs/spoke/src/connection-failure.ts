import { CLOSE_CODES, REPLACED_REASONS } from '@alkdev/contracts/wire'
import { CodedError } from '@alkdev/errors'
import type { SocketEnd } from './wire/frame-socket.ts'

/** The end of a socket as an error. Its code states whether another attempt makes sense. */
export function failureOf({ code, reason }: SocketEnd): CodedError {
  if (code === CLOSE_CODES.KEY_NO_LONGER_VALID)
    return new CodedError('UNAUTHENTICATED', 'The key is no longer valid.')
  if (code === CLOSE_CODES.REPLACED) return replacedBy(reason)
  const why = reason === '' ? String(code) : `${code}, ${reason}`
  return new CodedError('PROVIDER_UNAVAILABLE', `The connection to the hub ended (${why}).`)
}

/** `details.reason` is `disconnected`, `taken-over`, or absent where the hub does not say which. */
function replacedBy(reason: string): CodedError {
  if (reason === REPLACED_REASONS.DISCONNECTED)
    return new CodedError('CONFLICT', 'An operator disconnected this spoke.', {
      details: { reason: 'disconnected' },
    })
  if (reason === REPLACED_REASONS.TAKEN_OVER)
    return new CodedError('CONFLICT', 'Another process attached under the same name.', {
      details: { reason: 'taken-over' },
    })
  const message = 'Another process attached under the same name, or an operator disconnected it.'
  return new CodedError('CONFLICT', message)
}
