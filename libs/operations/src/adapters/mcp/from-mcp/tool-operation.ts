import type {
  CallToolRequestOptions,
  CallToolResult,
  Client,
  Tool,
} from '@modelcontextprotocol/client'
import { isNestedDeeper, MAX_JSON_DEPTH } from '@alkdev/std'
import { CallError } from '../../../calls/call-error.ts'
import { DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS } from '../../../calls/call-limits.ts'
import { FromSchema } from '../../../schema/from-schema.ts'
import type { ImportedNames } from '../../imported-name.ts'
import { acceptMismatch } from '../../../registry/output-mismatch.ts'
import { mcpEnvelope } from '../../../calls/response-envelope.ts'
import type { MCPContentBlock, ResponseEnvelope } from '../../../calls/response-envelope.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import type {
  IOperationDefinition,
  JsonSchema,
  OperationContext,
  OperationHints,
} from '../../../registry/types.ts'
import { compileSchema } from '../../../schema/validator.ts'
import type { MCPClientConfig } from './config.ts'
import { mapMCPContentBlocks } from './content-blocks.ts'
import { notConnected, protocolError, toolError } from './errors.ts'

export interface ToolSource {
  readonly client: Pick<Client, 'callTool'>
  /** Whether there is a connection to send through. */
  readonly connected: () => boolean
  readonly serverName: string
  readonly namespace: string
  readonly config: MCPClientConfig
}

/**
 * A tool as an operation: a mutation (what a server says of its tools are hints), whose data is the structured content, or the content blocks where there is none.
 * What does not fit the tool's output schema is listed in `meta.outputMismatch`: the tool has run by then.
 * A schema of the server's that can't be used accepts everything and is named in `_meta.unusable`: the server checks it itself.
 */
export function toolOperation(
  source: ToolSource,
  tool: Tool,
  names: ImportedNames,
): IOperationDefinition {
  const { serverName, namespace, config } = source
  const unusable: string[] = []
  const schemaOf = (member: 'inputSchema' | 'outputSchema', initial: JsonSchema): JsonSchema => {
    const schema = tool[member]
    if (schema === undefined) return {}
    try {
      return FromSchema(schema as JsonSchema)
    } catch {
      unusable.push(member)
      return initial
    }
  }
  const inputSchema = schemaOf('inputSchema', { type: 'object' })
  const outputSchema = schemaOf('outputSchema', {})
  const title = tool.title ?? tool.annotations?.title
  return {
    namespace,
    name: names.take(tool.name),
    version: (config.version ?? '1.0.0').slice(0, 64),
    type: 'mutation',
    description: (tool.description ?? '').slice(0, 16_384),
    ...(title === undefined ? {} : { title: title.slice(0, 200) }),
    tags: [],
    inputSchema,
    outputSchema,
    accessControl: config.accessControl ?? { requiredScopes: [] },
    hints: hintsOf(tool),
    _meta: {
      server: serverName,
      tool: tool.name,
      ...(unusable.length === 0 ? {} : { unusable }),
    },
    handler: async (input: unknown, context: OperationContext) => {
      const envelope = await callTool(source, tool, input, context)
      return config.checkOutput === 'error'
        ? envelope
        : acceptMismatch(envelope, compileSchema(outputSchema))
    },
  }
}

function hintsOf({ annotations = {} }: Tool): OperationHints {
  const { readOnlyHint, destructiveHint, idempotentHint } = annotations
  return {
    ...(readOnlyHint === undefined ? {} : { readOnly: readOnlyHint }),
    ...(destructiveHint === undefined ? {} : { destructive: destructiveHint }),
    ...(idempotentHint === undefined ? {} : { idempotent: idempotentHint }),
  }
}

async function callTool(
  { client, connected, serverName, config }: ToolSource,
  tool: Tool,
  input: unknown,
  context: OperationContext,
): Promise<ResponseEnvelope> {
  const place = { serverName, toolName: tool.name }
  if (!connected()) throw notConnected(place)
  const left = context.deadline === undefined ? MAX_TIMEOUT_MS : context.deadline - Date.now()
  // With an output schema the SDK would throw away an answer that does not fit, after the tool has run.
  const { outputSchema: _, ...toolDefinition } = tool
  const options: CallToolRequestOptions = {
    toolDefinition,
    timeout: Math.max(1, Math.min(config.timeout ?? DEFAULT_TIMEOUT_MS, left)),
    maxTotalTimeout: Math.max(1, Math.min(config.maxTimeout ?? MAX_TIMEOUT_MS, left)),
    // Progress is asked for always: it keeps a long call alive.
    resetTimeoutOnProgress: true,
    onprogress: ({ progress, total, message }) =>
      config.onProgress?.({
        ...place,
        requestId: context.requestId,
        progress,
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  }
  let result: CallToolResult
  try {
    result = await client.callTool(
      { name: tool.name, arguments: isPlainObject(input) ? input : {} },
      options,
    )
  } catch (error) {
    throw protocolError(place, error, context.signal)
  }
  if (isNestedDeeper(result))
    throw new CallError(
      'EXECUTION_ERROR',
      `The answer of the MCP server ${serverName} is nested deeper than ${MAX_JSON_DEPTH} levels.`,
      place,
    )
  const content = mapMCPContentBlocks(result.content)
  if (result.isError === true) throw toolError(place, content)
  return envelopeOf(result, content)
}

function envelopeOf(result: CallToolResult, content: MCPContentBlock[]): ResponseEnvelope {
  const structured: unknown = result.structuredContent
  const meta: unknown = result._meta
  return mcpEnvelope<unknown>(structured ?? content, {
    isError: false,
    content,
    ...(isPlainObject(structured) ? { structuredContent: structured } : {}),
    ...(isPlainObject(meta) ? { _meta: meta } : {}),
  })
}
