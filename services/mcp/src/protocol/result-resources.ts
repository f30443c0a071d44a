import type { Identity } from '@alkdev/operations'
import { ResourceNotFoundError } from '@modelcontextprotocol/server'
import type { ReadResourceResult, Server } from '@modelcontextprotocol/server'
import { RESULT_URI_TEMPLATE } from '../results/result-store.ts'
import type { ResultStore } from '../results/result-store.ts'

/** Serves the rest of results that were cut, in ranges, to the caller that got them. They are not listed: the result has their URI. */
export function addResults(server: Server, results: ResultStore, identity: Identity): void {
  server.setRequestHandler('resources/list', () => ({ resources: [] }))
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [
      {
        uriTemplate: RESULT_URI_TEMPLATE,
        name: 'rest of a result',
        description: 'The rest of a result that was cut, from an offset in characters.',
      },
    ],
  }))
  server.setRequestHandler('resources/read', async ({ params: { uri } }) => {
    const found = await readResult(results, identity, uri)
    if (found === undefined) throw new ResourceNotFoundError(uri)
    return found
  })
}

/** The range of a kept result; undefined when the caller has no such result, or no longer. */
export async function readResult(
  results: ResultStore,
  identity: Identity,
  uri: string,
): Promise<ReadResourceResult | undefined> {
  const range = await results.read(identity, uri)
  if (range === undefined) return undefined
  const { text, total, nextOffset } = range
  const next = nextOffset === undefined ? {} : { nextOffset, nextUri: withOffset(uri, nextOffset) }
  return { contents: [{ uri, text, _meta: { total, ...next } }] }
}

function withOffset(uri: string, offset: number): string {
  return `${uri.replace(/\?.*$/, '')}?offset=${offset}`
}
