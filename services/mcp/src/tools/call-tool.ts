import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { CallError } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { envelopeResult } from '@alkdev/operations/to-mcp'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import { runsAsTask } from '../tasks/runs-as-task.ts'
import { createdTask } from '../tasks/task-view.ts'
import type { CreatedTask } from '../tasks/task-view.ts'
import { callOperation } from './call-operation.ts'
import type { McpHub } from './call-operation.ts'
import { collectItems } from './collect-items.ts'
import { schemaOf } from './finding-tools.ts'
import type { Tool, ToolCall } from './tool.ts'

const CallInput = Type.Object(
  {
    // Clients repeat it in the header Mcp-Param-Operation, by which a proxy can route and limit.
    operationId: Type.String({ minLength: 1, maxLength: 256, 'x-mcp-header': 'Operation' }),
    input: Type.Optional(
      // Hosts and models drop or quote values without a declared type.
      Type.Unsafe<unknown>({
        type: 'object',
        additionalProperties: true,
        description: 'The arguments of the operation, as its schema says.',
      }),
    ),
    schemaHash: Type.Optional(
      Type.String({
        maxLength: 128,
        description: 'From schema: CONFLICT when the schema has changed since.',
      }),
    ),
    deadlineMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 600_000,
        description: 'Milliseconds for the call; 30000 when absent.',
      }),
    ),
    idempotencyKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description:
          'A repetition with the same key and input within 24 hours gets the answer of the first call.',
      }),
    ),
  },
  { additionalProperties: false },
)
type CallInput = Static<typeof CallInput>

/** The accepted input: some operations take another type, and some clients send an object as JSON text. */
const AcceptedInput = Type.Object(
  { ...CallInput.properties, input: Type.Optional(Type.Unknown()) },
  { additionalProperties: false },
)

/** `call`: any operation, through the bus like every other caller. */
export function callTool(hub: McpHub): Tool {
  return {
    name: 'call',
    callsOperation: true,
    title: 'Call an operation',
    description:
      'Calls an operation and gives its data. Read its schema first. A subscription reports each item as progress and gives the items that came before its end or the deadline.',
    inputSchema: schemaOf(CallInput),
    checkedSchema: schemaOf(AcceptedInput),
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
    run: (input, call) => callOrQueue(hub, input as CallInput, call),
  }
}

const QueryInput = Type.Pick(CallInput, ['operationId', 'input', 'deadlineMs'], {
  additionalProperties: false,
})
/** The shown schema. It omits limits, which are those of `call`, because every conversation contains the definitions. */
const ShownQueryInput = {
  type: 'object',
  properties: {
    operationId: { type: 'string', 'x-mcp-header': 'Operation' },
    input: { type: 'object', additionalProperties: true },
    deadlineMs: { type: 'integer' },
  },
  required: ['operationId'],
}

/** `query`: calls operations that change nothing, for hosts that ask their user before tools that may change something. */
export function queryTool(hub: McpHub): Tool {
  return {
    name: 'query',
    callsOperation: true,
    title: 'Call a read-only operation',
    description: 'Like call, for read-only operations.',
    inputSchema: schemaOf(ShownQueryInput),
    checkedSchema: schemaOf({
      ...QueryInput,
      properties: { ...QueryInput.properties, input: {} },
    }),
    annotations: { readOnlyHint: true, openWorldHint: true },
    async run(input, call) {
      const { operationId } = input as CallInput
      const entry = await hub.bus.lookUp(operationId, call.authenticated.identity)
      if (entry !== undefined && !isReadOnly(entry.spec)) {
        const message = `${operationId} may change something: use the tool call for it.`
        throw new CallError('VALIDATION_ERROR', message, { operationId, type: entry.spec.type })
      }
      return callOrQueue(hub, input as CallInput, call)
    },
  }
}

/** A subscription must declare that it is read-only, because many run a command. A query is read-only unless it declares otherwise. */
function isReadOnly({ type, hints = {} }: OperationSpec): boolean {
  if (type === 'mutation' || hints.destructive === true) return false
  return hints.readOnly ?? type === 'query'
}

async function callOrQueue(
  hub: McpHub,
  input: CallInput,
  call: ToolCall,
): Promise<MCPToolResult | CreatedTask> {
  const queued = call.takesTasks === true && (await runsAsTask(hub.bus, input, call))
  return callOperation(
    hub,
    { ...input, queued },
    call,
    (opened): MCPToolResult | CreatedTask | Promise<MCPToolResult> => {
      if (opened.kind === 'queued') return createdTask(opened.callId, hub.queuedCallDays)
      return opened.kind === 'stream'
        ? collectItems(opened.items, call)
        : envelopeResult(opened.envelope)
    },
  )
}
