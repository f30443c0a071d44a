import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { HttpApp } from '@alkdev/http'
import type { GatewayContext } from '../context.ts'
import { acceptsGzip } from '../openapi/accepts-gzip.ts'
import { DocumentCache } from '../openapi/document-cache.ts'

/**
 * `GET /openapi.json`: OpenAPI 3.1 of the operations that the caller may see, compressed for clients that accept gzip. With an `etag`, so that a client that
 * has the document gets 304 for `If-None-Match`.
 */
export function addOpenapi(app: HttpApp, { runtime }: GatewayContext): void {
  const documents = new DocumentCache({
    directory: runtime.bus.directory,
    publicUrl: runtime.config.http.publicUrl,
  })
  app.get('/openapi.json', async (request, reply) => {
    const { gzip, etag } = await documents.of(request.identity)
    const compressed = acceptsGzip(request.headers['accept-encoding'])
    // The same content in another encoding is another representation.
    const plainTag = `${etag.slice(0, -1)}-identity"`
    void reply.headers({
      etag: compressed ? etag : plainTag,
      'cache-control': 'private, no-cache',
      vary: 'accept-encoding',
    })
    const known = request.headers['if-none-match'] ?? ''
    const tags = known.split(',').map((one) => one.trim().replace(/^W\//, ''))
    if (tags.includes(etag) || tags.includes(plainTag)) return reply.code(304).send()
    void reply.type('application/json; charset=utf-8')
    if (compressed) return reply.header('content-encoding', 'gzip').send(gzip)
    const unzip = createGunzip()
    return reply.send(Readable.from([gzip]).pipe(unzip))
  })
}
