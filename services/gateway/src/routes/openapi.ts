import type { DirectoryEntry } from '@alkdev/bus'
import type { HttpApp } from '@alkdev/http'
import type { Identity } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { DocumentCache } from '../openapi/document-cache.ts'

const PAGE = 200

function visible(
  { runtime: { bus } }: GatewayContext,
  identity: Identity,
): readonly DirectoryEntry[] {
  const entries: DirectoryEntry[] = []
  let cursor: string | undefined
  do {
    const page = bus.directory.list(identity, {
      limit: PAGE,
      // A generated client keeps its types while a spoke is disconnected.
      departed: true,
      ...(cursor === undefined ? {} : { cursor }),
    })
    entries.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return entries
}

/**
 * `GET /openapi.json`: OpenAPI 3.1 of the operations that the caller may see. With an `etag`, so that a client that has the document gets
 * 304 for `If-None-Match`.
 */
export function addOpenapi(app: HttpApp, context: GatewayContext): void {
  const documents = new DocumentCache(context.runtime.config.http.publicUrl)
  app.get('/openapi.json', (request, reply) => {
    const { id, keyId = id } = request.identity
    const { text, etag } = documents.of(keyId, visible(context, request.identity))
    void reply.headers({ etag, 'cache-control': 'private, no-cache' })
    const known = request.headers['if-none-match'] ?? ''
    if (known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag))
      return reply.code(304).send()
    return reply.type('application/json; charset=utf-8').send(text)
  })
}
