import type { DirectoryEntry } from '@alkdev/bus'
import type { HttpApp } from '@alkdev/http'
import type { Identity } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { openapiDocument } from '../openapi/document.ts'

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
      ...(cursor === undefined ? {} : { cursor }),
    })
    entries.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return entries
}

/** `GET /openapi.json`: OpenAPI 3.1 of the operations that the caller may see. */
export function addOpenapi(app: HttpApp, context: GatewayContext): void {
  app.get('/openapi.json', (request) =>
    openapiDocument(visible(context, request.identity), context.runtime.config.http.publicUrl),
  )
}
