import type { HttpApp } from '@alkdev/http'
import { describeOperation } from '@alkdev/service'
import type { GatewayContext } from '../context.ts'

/** `GET /api/operations/{operationId}`: the spec, and its current providers. */
export function addDescribeOperation(app: HttpApp, { runtime: { bus } }: GatewayContext): void {
  app.get<{ Params: { operationId: string } }>('/api/operations/:operationId', (request) =>
    describeOperation(bus, request.identity, request.params.operationId),
  )
}
