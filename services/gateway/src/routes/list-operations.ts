import type { HttpApp } from '@alkdev/http'
import { listOperations } from '@alkdev/service'
import type { GatewayContext } from '../context.ts'
import { readQuery } from './read-query.ts'

/** `GET /api/operations`: the operations that the caller may use, by name or, with `q`, best match first. */
export function addListOperations(app: HttpApp, { runtime: { bus } }: GatewayContext): void {
  app.get('/api/operations', (request) => {
    const query = readQuery(request.query, [
      'q',
      'namespace',
      'type',
      'tag',
      'departed',
      'limit',
      'cursor',
    ])
    return listOperations(bus, request.identity, {
      ...query.text('q'),
      ...query.text('namespace'),
      ...query.oneOf('type', ['query', 'mutation', 'subscription']),
      ...query.text('tag'),
      departed: query.flag('departed'),
      ...query.integer('limit', 1, 200),
      ...query.text('cursor'),
    })
  })
}
