import { CodedError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'

/** The failure of a call as an error of the protocol, with the code and the id of the call in `data`. Any other error is returned as it is. */
export function callError(error: unknown, callId: string): unknown {
  if (!(error instanceof CodedError)) return error
  const failed = CallError.from(error)
  const isInput = failed.code === 'VALIDATION_ERROR'
  return new ProtocolError(
    isInput ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
    failed.message,
    { ...failed.toWire(), callId },
  )
}
