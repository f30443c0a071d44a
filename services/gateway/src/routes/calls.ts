import type { HttpApp } from '@alkdev/http'
import { abortCall } from '../calls/abort-call.ts'
import { readCall } from '../calls/read-call.ts'
import type { GatewayContext } from '../context.ts'
import { readQuery } from './read-query.ts'

interface CallRoute {
  Params: { callId: string }
}

/** `GET` and `DELETE /api/calls/{requestId}`: reads a call, and aborts it. */
export function addCalls(app: HttpApp, context: GatewayContext): void {
  app.get<CallRoute>('/api/calls/:callId', (request) => {
    const tree = readQuery(request.query, ['tree']).flag('tree')
    return readCall(context, request.identity, request.params.callId, tree)
  })
  app.delete<CallRoute>('/api/calls/:callId', (request) =>
    abortCall(context, request.identity, request.params.callId),
  )
}
