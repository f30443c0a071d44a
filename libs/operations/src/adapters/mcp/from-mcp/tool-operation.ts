import type {
  CallToolRequestOptions,
  CallToolResult,
  Client,
  Tool,
} from '@modelcontextprotocol/client'
import { compact, isNestedDeeper, MAX_JSON_DEPTH, runAtOnce } from '@alkdev/std'
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
import { schemaCost } from '../../../schema/schema-cost.ts'
import { limitSchemaSize } from '../../openapi/from-openapi/schema-size.ts'
import { MAX_LOOSENED, newUses, SchemaSource } from '../../openapi/from-openapi/schema-source.ts'
import type { MCPClientConfig } from './config.ts'
import { mapMCPContentBlocks } from './content-blocks.ts'
import { notConnected, protocolError, toolError } from './errors.ts'

export interface ToolSource {
  readonly client: Pick<Client, 'callTool'>
  /** True while there is a connection. */
  readonly connected: () => boolean
  readonly serverName: string
  readonly namespace: string
  readonly config: MCPClientConfig
}

/** Cost of an output schema beyond which answers are not compared with it: compiling takes longer than about 0.2 s. */
const MAX_CHECKED_COST = 2000

/**
 * A tool as an operation: a mutation (the annotations of a server are hints), whose data is the structured content, or the content blocks
 * where there is none. What does not fit the tool's output schema is listed in `meta.outputMismatch`: the tool has run by then. Places of a
 * schema that can't be used are left out and listed in `_meta.loosened`. A schema that can't be used at all accepts everything and is named
 * in `_meta.unusable`: the server checks it itself.
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
      // The whole schema cannot be used; the conversion of the OpenAPI adapter omits only the unusable parts.
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
  // A server could otherwise hold the process with a schema that takes seconds to compile.
  const isCostly =
    typeof outputSchema === 'object' &&
    schemaCost(outputSchema, MAX_CHECKED_COST) > MAX_CHECKED_COST
  return {
    namespace,
    name: names.take(tool.name),
    version: (config.version ?? '1.0.0').slice(0, 64),
    type: 'mutation',
    description: (tool.description ?? '').slice(0, 16_384),
    ...compact({ title: title?.slice(0, 200) }),
    tags: [],
    inputSchema,
    outputSchema,
    accessControl: config.accessControl ?? { requiredScopes: [] },
    hints: hintsOf(tool),
    _meta: {
      server: serverName,
      tool: tool.name,
      ...(unusable.length !== 0 && { unusable }),
      ...(Object.keys(loosened).length !== 0 && { loosened }),
    },
    handler: async (input: unknown, context: OperationContext) => {
      const { envelope, faults } = await callTool(source, tool, input, context)
      return config.checkOutput === 'error' || isCostly
        ? envelope
        : acceptMismatch(envelope, compileSchema(outputSchema), faults)
    },
  }
}

function hintsOf({ annotations = {} }: Tool): OperationHints {
  const { readOnlyHint, destructiveHint, idempotentHint } = annotations
  return {
    ...compact({
      readOnly: readOnlyHint,
      destructive: destructiveHint,
      idempotent: idempotentHint,
    }),
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
  // With an output schema the SDK would discard an answer that does not match, after the tool has run.
  const { outputSchema: _, ...toolDefinition } = tool
  const options: CallToolRequestOptions = {
    toolDefinition,
    timeout: Math.max(1, Math.min(config.timeout ?? DEFAULT_TIMEOUT_MS, left)),
    maxTotalTimeout: Math.max(1, Math.min(config.maxTimeout ?? MAX_TIMEOUT_MS, left)),
    // Progress is always requested, because it keeps a long call alive.
    resetTimeoutOnProgress: true,
    onprogress: ({ progress, total, message }) =>
      config.onProgress?.({
        ...place,
        requestId: context.requestId,
        progress,
        ...compact({ total, message }),
      }),
    ...compact({ signal: context.signal }),
  }
  let result: CallToolResult
  try {
    result = await client.callTool(
      {
        name: tool.name,
        arguments: isPlainObject(input) ? input : {},
        // Where the semantic conventions for MCP look for the trace.
        ...(context.traceparent !== undefined && { _meta: { traceparent: context.traceparent } }),
      },
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

/** A schema without its unusable parts, and a list of them. Throws CallError for references without a target. */
function looseSchema(
  schema: Readonly<Record<string, unknown>>,
  direction: 'request' | 'response',
): { readonly schema: JsonSchema; readonly loosened: readonly string[] } {
  // References are relative to the schema itself, as to a document.
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
    ...(isPlainObject(structured) && { structuredContent: structured }),
    ...(isPlainObject(meta) && { _meta: meta }),
  })
}
