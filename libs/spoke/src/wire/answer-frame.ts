import type { CallFrame, ResponseEnvelope } from '@alkdev/operations'

type Payload = Readonly<Record<string, unknown>>

/**
 * An answer of the hub with the members that this side reads. Missing members of an error or an abort get defaults, because either ends
 * its call in any case. Undefined for an answer without an envelope, and for a frame that is not an answer.
 */
export function answerFrame(
  type: string,
  requestId: string,
  payload: Payload,
): CallFrame | undefined {
  const id = requestId
  switch (type) {
    case 'call.responded': {
      const { output } = payload
      if (!isEnvelope(output)) return undefined
      const seq = numberOf(payload['seq'])
      return { type, id, payload: { requestId, output, ...(seq !== undefined && { seq }) } }
    }
    case 'call.completed': {
      const count = numberOf(payload['count'])
      return { type, id, payload: { requestId, ...(count !== undefined && { count }) } }
    }
    case 'call.error': {
      const code = textOf(payload['code'], 'UNKNOWN_ERROR')
      const message = textOf(payload['message'], 'The call failed.')
      return { type, id, payload: { ...payload, requestId, code, message } }
    }
    case 'call.aborted':
      return {
        type,
        id,
        payload: { requestId, reason: textOf(payload['reason'], 'The hub aborted the call.') },
      }
    default:
      return undefined
  }
}

function isEnvelope(value: unknown): value is ResponseEnvelope {
  return typeof value === 'object' && value !== null && 'meta' in value
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}
