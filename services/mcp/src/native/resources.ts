import type { ResponseEnvelope } from '@alkdev/operations'
import { isSpecType } from '@modelcontextprotocol/server'
import type { ReadResourceResult } from '@modelcontextprotocol/server'
import type { Catalog } from './catalog.ts'

/** The operation behind a URI, and its input. */
export interface FoundResource {
  readonly operationId: string
  readonly input: Readonly<Record<string, unknown>>
  readonly mimeType: string | undefined
  /** The subscription that reports its changes. It takes the same input. */
  readonly changes: string | undefined
}

/** A resource by its URI, or by the first template that fits; undefined when there is none. */
export function findResource(catalog: Catalog, uri: string): FoundResource | undefined {
  const found = catalog.resources.get(uri)
  if (found !== undefined)
    return {
      operationId: found.entry.operationId,
      input: {},
      mimeType: found.resource.mimeType,
      changes: found.changes,
    }
  for (const { uris, entry, template, changes } of catalog.templates.values()) {
    const input = uris.match(uri)
    if (input !== undefined)
      return { operationId: entry.operationId, input, mimeType: template.mimeType, changes }
  }
  return undefined
}

/**
 * The answer of an operation as the contents of a resource: contents and embedded resources as they are, and anything else as its text,
 * or its JSON.
 */
export function resourceResult(
  uri: string,
  { data, meta }: ResponseEnvelope,
  mimeType: string | undefined,
): ReadResourceResult {
  if (isSpecType.ReadResourceResult(data)) return data
  const embedded =
    meta.source === 'mcp'
      ? meta.content.flatMap((block) => (block.type === 'resource' ? [block.resource] : []))
      : []
  if (embedded.length > 0) return { contents: embedded as ReadResourceResult['contents'] }
  const isText = typeof data === 'string'
  const text = isText ? data : (JSON.stringify(data) ?? 'null')
  const type = mimeType ?? (isText ? 'text/plain' : 'application/json')
  return { contents: [{ uri, mimeType: type, text }] }
}
