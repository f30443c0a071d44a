import { anthropicError, openaiError } from '@alkdev/http'
import type { Protocol } from '../usage/protocol.ts'

/** An address below `/v1` that sends requests to models. */
export interface Endpoint {
  /** Below `/v1` here and below the base URL of the provider. */
  readonly path: string
  readonly protocol: Protocol
  /** The member that must be a list. */
  readonly list?: string
  /** Only providers that serve the protocol are asked. */
  readonly isNative?: boolean
  /** A request costs nothing: it uses no tokens. */
  readonly isFree?: boolean
}

/** An error as an event of a stream that has begun, in the shape that the clients of the protocol read. */
export function errorEvent(protocol: Protocol, thrown: unknown): string {
  const body = openaiError(thrown) as {
    error: { message: string; type: string; code: string; param: string | null }
  }
  const { message, code } = body.error
  if (protocol === 'messages') {
    const data = anthropicError(thrown)
    return `event: error\ndata: ${JSON.stringify(data)}\n\n`
  }
  if (protocol === 'responses') {
    const data = {
      type: 'response.failed',
      // The AI SDK does not read an event without a number.
      sequence_number: 0,
      response: { status: 'failed', error: { code, message } },
    }
    return `event: response.failed\ndata: ${JSON.stringify(data)}\n\n`
  }
  return `data: ${JSON.stringify(body)}\n\n`
}

/** Whether a stream of the protocol ends with an event of its own after the model has finished: `data: [DONE]`. */
export function endsWithDone(protocol: Protocol): boolean {
  return protocol === 'chat' || protocol === 'completions'
}
