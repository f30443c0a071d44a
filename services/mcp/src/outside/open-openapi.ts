import { CallError } from '@alkdev/operations'
import type { IOperationDefinition } from '@alkdev/operations'
import { FromOpenAPIFile, FromOpenAPIUrl } from '@alkdev/operations/from-openapi'
import type { HTTPServiceConfig } from '@alkdev/operations/from-openapi'
import { CALL_TIMEOUT_MS, CONNECT_MS, DOCUMENT_REFRESH_MS } from './limits.ts'
import { fetchFor } from './open-mcp.ts'
import type { OpenOptions } from './open-mcp.ts'
import type { OutsideConnection } from './outside-connection.ts'
import type { OutsideSettings } from './settings.ts'
import type { Refused } from './to-operations.ts'

/** Reads an OpenAPI document and makes operations of its paths. Rejects with CallError, and leaves nothing open. */
export async function openOpenapi(
  settings: OutsideSettings,
  options: OpenOptions,
): Promise<OutsideConnection> {
  const { url, document, documentUrl, timeoutMs } = settings
  if (url === undefined) throw new CallError('EXECUTION_ERROR', 'It has no address.')
  const outbound = fetchFor(settings, url, options)
  let refused: Refused[] = []
  const config: HTTPServiceConfig = {
    namespace: namespaceOf(settings.name),
    baseUrl: url,
    fetch: outbound.fetch as typeof globalThis.fetch,
    timeout: timeoutMs ?? CALL_TIMEOUT_MS,
    onSkipped: ({ method, path, reason }) =>
      void refused.push({ name: `${method} ${path}`.slice(0, 256), reason: reason.slice(0, 500) }),
  }
  const read = async (): Promise<readonly IOperationDefinition[]> => {
    refused = []
    if (document !== undefined)
      return FromOpenAPIFile('document', config, { readFile: () => Promise.resolve(document) })
    if (documentUrl !== undefined)
      return FromOpenAPIUrl(documentUrl, { ...config, timeout: CONNECT_MS })
    throw new CallError('EXECUTION_ERROR', 'Its config names no OpenAPI document.')
  }
  let definitions: readonly IOperationDefinition[]
  try {
    definitions = await read()
  } catch (error) {
    await outbound.close()
    throw error
  }
  return {
    get definitions() {
      return definitions
    },
    get refused() {
      return refused
    },
    refreshMs: DOCUMENT_REFRESH_MS,
    ended: new Promise(() => {}),
    async refresh() {
      definitions = await read()
    },
    onChange: () => {},
    close: () => outbound.close(),
  }
}

/** The name of a client as a namespace of the library: it begins with a letter. */
function namespaceOf(name: string): string {
  return /^[a-z]/.test(name) ? name : `n${name}`.slice(0, 64)
}
