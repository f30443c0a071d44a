import type { Bus } from '@alkdev/bus'
import { HubListInput, HubSchemaInput, HubSearchInput } from '@alkdev/contracts'
import { jsonResult } from '@alkdev/operations/to-mcp'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import { describeOperation, listOperations, searchOperations } from '@alkdev/service'
import type { SearchStage } from '@alkdev/service'
import { visibleTexts } from '../protocol/visible-text.ts'
import type { CallHistory } from './call-history.ts'
import { producersFor } from './producers.ts'
import type { Tool } from './tool.ts'

const reading = { readOnlyHint: true, idempotentHint: true, openWorldHint: false } as const

/** `list`, `search` and `schema`, which read the registry in the memory of this process. */
export function findingTools(bus: Bus, history?: CallHistory, stage?: SearchStage): Tool[] {
  return [
    {
      name: 'list',
      title: 'List operations',
      description:
        'Lists the operations that you may call, by name, page by page. Use search when you know what you want to do.',
      inputSchema: schemaOf(HubListInput),
      annotations: reading,
      run: async (input, { authenticated }) => {
        const filter = input as HubListInput
        const withoutTwins = filter.namespace === undefined
        return shown(await listOperations(bus, authenticated.identity, { ...filter, withoutTwins }))
      },
    },
    {
      name: 'search',
      title: 'Search operations',
      description:
        'Finds the operations that fit a few words about what you want to do, best first. Then read one with schema.',
      inputSchema: schemaOf(HubSearchInput),
      annotations: reading,
      run: async (input, { authenticated, signal }) =>
        shown(
          await searchOperations(bus, authenticated.identity, input as HubSearchInput, {
            factorOf: history?.factorFor(authenticated.identity.id),
            stage,
            signal,
          }),
        ),
    },
    {
      name: 'schema',
      title: 'Read the schema of an operation',
      description:
        'Shows what an operation takes and gives, its errors and hints, its schemaHash, and in producers the operations whose output fits its input.',
      inputSchema: schemaOf(HubSchemaInput),
      annotations: reading,
      run: async (input, { authenticated }) => {
        const { identity } = authenticated
        const { operationId } = input as HubSchemaInput
        const description = await describeOperation(bus, identity, operationId)
        return shown({
          ...description,
          producers: producersFor(bus, identity, description),
        })
      },
    },
  ]
}

function shown(value: object): MCPToolResult {
  return jsonResult(visibleTexts(value))
}

export function schemaOf(schema: object): Tool['inputSchema'] {
  return schema as Tool['inputSchema']
}
