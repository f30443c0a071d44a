import { abortCall, readCall } from '@alkdev/service'
import type { AbortRequest, CallRequestOf } from '@alkdev/service'
import type { HttpApp } from '@alkdev/http'
import { CallError } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { readQuery } from './read-query.ts'

interface CallRoute {
  Params: { callId: string }
}

/**
 * `GET` and `DELETE /api/calls/{requestId}`: reads a call, and aborts it, as `calls.get` and `calls.abort` do. They need no coordinator, and also see
 * calls of this gateway that the bus does not know.
 */
export function addCalls(app: HttpApp, { runtime, calls }: GatewayContext): void {
  const here = (callId: string): CallRequestOf['here'] & AbortRequest['here'] => {
    const call = calls.get(callId.toLowerCase())
    if (call === undefined) return undefined
    const { operationId, startedAtMs, identity } = call
    return {
      callId: call.callId,
      operationId,
      startedAtMs,
      accountId: identity.id,
      abort: (reason) => call.abort(new CallError('ABORTED', reason)),
    }
  }
  app.get<CallRoute>('/api/calls/:callId', ({ query, identity, params: { callId } }) => {
    const tree = readQuery(query, ['tree']).flag('tree')
    return readCall(runtime, identity, { callId, tree, here: here(callId) })
  })
  app.delete<CallRoute>('/api/calls/:callId', ({ identity, params: { callId } }) =>
    abortCall(runtime, identity, { callId, here: here(callId) }),
  )
}
