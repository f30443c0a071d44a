import {
  isInputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
} from '@modelcontextprotocol/server'
import type { Server, ServerContext } from '@modelcontextprotocol/server'
import type { Caller } from '../protocol/caller.ts'
import { HubServer } from '../protocol/hub-server.ts'
import { readResult } from '../protocol/result-resources.ts'
import { MAX_WATCHED } from '../protocol/watch-limit.ts'
import type { Catalogs } from './catalog.ts'
import { completionOfSchema, completionResult } from './completions.ts'
import { answered } from './answered.ts'
import { TASKS_EXTENSION } from '../tasks/task-extension.ts'
import { addTaskMethods } from '../tasks/task-methods.ts'
import type { NativeHub, NativeRequest } from './native-hub.ts'
import { callNativeTool } from './native-tools.ts'
import { pageOf } from './page-of.ts'
import { inputOfArguments, promptResult } from './prompts.ts'
import { findResource, resourceResult } from './resources.ts'
import { MAX_URI } from './uri-pattern.ts'

/**
 * The servers of `/mcp/native`: one per request, with the chosen operations that the caller may see as tools, prompts, resources and
 * completions of their own.
 */
export function nativeServers(hub: NativeHub, catalogs: Catalogs): (caller: Caller) => Server {
  return (caller) => {
    const { identity } = caller.authenticated
    const server = new HubServer(
      { name: 'alkhub', title: 'alkdev hub', version: '0.1.0' },
      {
        capabilities: {
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { listChanged: true, subscribe: true },
          completions: {},
          logging: {},
          extensions: { [TASKS_EXTENSION]: {} },
        },
        requestState: { verify: hub.rounds.verify },
      },
      hub.context.events,
    )
    addTaskMethods(server, hub.context, caller)
    const catalog = (): ReturnType<Catalogs['for']> => catalogs.for(identity)
    const requestOf = (ctx: ServerContext): NativeRequest => ({
      server,
      ctx,
      caller,
      catalog: catalog(),
    })
    server.setRequestHandler('tools/list', ({ params }) => {
      const { items, ...next } = pageOf(catalog().tools, params?.cursor)
      return { tools: items.map(({ tool }) => tool), ...next }
    })
    server.setRequestHandler('tools/call', ({ params }, ctx) =>
      callNativeTool(hub, requestOf(ctx), params),
    )
    server.setRequestHandler('prompts/list', ({ params }) => {
      const { items, ...next } = pageOf(catalog().prompts, params?.cursor)
      return { prompts: items.map(({ prompt }) => prompt), ...next }
    })
    server.setRequestHandler(
      'prompts/get',
      async ({ params: { name, arguments: given = {} } }, ctx) => {
        const request = requestOf(ctx)
        const found = request.catalog.prompts.get(name)
        if (found === undefined) throw unknown('prompt', name)
        const { operationId, spec } = found.entry
        return answered(hub, request, {
          method: 'prompts/get',
          params: [name, given],
          operationId,
          input: inputOfArguments(spec, given),
          use: promptResult,
        })
      },
    )
    server.setRequestHandler('resources/list', ({ params }) => {
      const { items, ...next } = pageOf(catalog().resources, params?.cursor)
      return { resources: items.map(({ resource }) => resource), ...next }
    })
    server.setRequestHandler('resources/templates/list', ({ params }) => {
      const { items, ...next } = pageOf(catalog().templates, params?.cursor)
      return { resourceTemplates: items.map(({ template }) => template), ...next }
    })
    server.setRequestHandler('resources/read', async ({ params: { uri } }, ctx) => {
      const kept = await readResult(hub.context.results, identity, uri)
      if (kept !== undefined) return kept
      const request = requestOf(ctx)
      const found = findResource(request.catalog, uri)
      if (found === undefined) throw new ResourceNotFoundError(uri)
      const { operationId, input, mimeType } = found
      return answered(hub, request, {
        method: 'resources/read',
        params: [uri],
        operationId,
        input,
        use: (envelope) => resourceResult(uri, envelope, mimeType),
      })
    })
    server.setRequestHandler('resources/subscribe', async ({ params: { uri } }) => {
      if (findResource(catalog(), uri) === undefined) throw new ResourceNotFoundError(uri)
      if (await hub.watches.add(caller, uri)) return {}
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `Only a session can watch resources, at most ${MAX_WATCHED}, with URIs of at most ${MAX_URI} characters.`,
      )
    })
    server.setRequestHandler('resources/unsubscribe', async ({ params: { uri } }) => {
      await hub.watches.remove(caller, uri)
      return {}
    })
    server.setRequestHandler('completion/complete', async ({ params }, ctx) => {
      const { ref, argument, context: around } = params
      const request = requestOf(ctx)
      const { prompts, templates, completions } = request.catalog
      const name = ref.type === 'ref/prompt' ? ref.name : ref.uri
      const known = ref.type === 'ref/prompt' ? prompts.get(name) : templates.get(name)
      if (known === undefined)
        throw unknown(ref.type === 'ref/prompt' ? 'prompt' : 'template', name)
      const by = completions.get(name)
      if (by === undefined) return completionOfSchema(known.entry.spec, argument)
      const result = await answered(hub, request, {
        method: 'completion/complete',
        params: [params],
        operationId: by.operationId,
        input: { ...argument, arguments: around?.arguments ?? {} },
        use: ({ data }) => completionResult(data),
      })
      if (!isInputRequiredResult(result)) return result
      throw new ProtocolError(
        ProtocolErrorCode.InternalError,
        'A completion cannot ask the client for input.',
      )
    })
    server.setRequestHandler('logging/setLevel', async ({ params: { level } }) => {
      await hub.logs.setLevel(caller, level)
      return {}
    })
    return server
  }
}

function unknown(what: string, name: string): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `Unknown ${what} ${JSON.stringify(name.slice(0, 200))}.`,
  )
}
