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
import type { ValidationFailure } from '../../../schema/validation-failure.ts'
import { limitSchemaSize } from '../../openapi/from-openapi/schema-size.ts'
import { MAX_LOOSENED, newUses, SchemaSource } from '../../openapi/from-openapi/schema-source.ts'
import { runAtOnce } from '../../openapi/from-openapi/slices.ts'
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
 * Places of a schema that can't be used are left out and listed in `_meta.loosened`. A schema that can't be used at all accepts everything and is named in
 * `_meta.unusable`: the server checks it itself.
 */
export function toolOperation(
  source: ToolSource,
  tool: Tool,
  names: ImportedNames,
): IOperationDefinition {
  const { serverName, namespace, config } = source
  const unusable: string[] = []
  const loosened: Record<string, readonly string[]> = {}
  const schemaOf = (member: 'inputSchema' | 'outputSchema', initial: JsonSchema): JsonSchema => {
    const schema = tool[member]
    if (schema === undefined) return {}
    try {
      return FromSchema(schema as JsonSchema)
    } catch {
      // As a whole it cannot be used; what the adapter for OpenAPI makes of it leaves out only the places that cannot.
    }
    try {
      const taken = looseSchema(schema, member === 'inputSchema' ? 'request' : 'response')
      loosened[member] = taken.loosened
      return FromSchema(taken.schema)
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
      ...(Object.keys(loosened).length === 0 ? {} : { loosened }),
    },
    handler: async (input: unknown, context: OperationContext) => {
      const { envelope, faults } = await callTool(source, tool, input, context)
      return config.checkOutput === 'error'
        ? envelope
        : acceptMismatch(envelope, compileSchema(outputSchema), faults)
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
): Promise<{ envelope: ResponseEnvelope; faults: readonly ValidationFailure[] }> {
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
  if (isNestedDeeper(result)) {
    const message = `is nested deeper than ${MAX_JSON_DEPTH} levels`
    if (result.isError === true || config.checkOutput === 'error')
      throw new CallError(
        'EXECUTION_ERROR',
        `The answer of the MCP server ${serverName} ${message}.`,
        place,
      )
    const text = textOf(result.structuredContent ?? result.content)
    return {
      envelope: mcpEnvelope(text, { isError: false, content: [] }),
      faults: [
        { path: '', message: `${message} and is returned as ${text === null ? 'null' : 'text'}` },
      ],
    }
  }
  const content = mapMCPContentBlocks(result.content)
  if (result.isError === true) throw toolError(place, content)
  return { envelope: envelopeOf(result, content), faults: [] }
}

/** JSON text; null for a value that is nested too deeply to be written. */
function textOf(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? null
  } catch {
    return null
  }
}

/** A schema without the places that cannot be used, and a list of them. Throws CallError for references that lead to nothing. */
function looseSchema(
  schema: Readonly<Record<string, unknown>>,
  direction: 'request' | 'response',
): { readonly schema: JsonSchema; readonly loosened: readonly string[] } {
  // References start at the schema itself, as at a document.
  const source = new SchemaSource({ ...schema, openapi: '3.1.0' })
  const uses = newUses()
  const converted = source.convert(schema, direction, '', uses)
  const whole = runAtOnce(source.definitionSteps(converted, direction, uses))
  const limited = limitSchemaSize(whole)
  const notes = limited.loosened === undefined ? [] : [limited.loosened]
  return { schema: limited.schema, loosened: [...notes, ...uses.loosened].slice(0, MAX_LOOSENED) }
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
