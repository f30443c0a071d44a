import type { Bus, BusCallOptions } from '@alkdev/bus'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { describeOperation, logUnexpected, openOnce } from '@alkdev/service'
import type { CallOnceContext, IdentityWatcher } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { envelopeResult } from '@alkdev/operations/to-mcp'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import { isNestedDeeper, uuidv7 } from '@alkdev/std'
import { tooDeepError } from '../routes/request-body.ts'
import { inputValue } from './call-input.ts'
import { collectItems } from './collect-items.ts'
import { schemaOf } from './finding-tools.ts'
import type { Tool, ToolCall } from './tool.ts'

/** Milliseconds for a call without a deadline of its own, as the description says. */
const DEFAULT_DEADLINE_MS = 30_000

const CallInput = Type.Object(
  {
    operationId: Type.String({ minLength: 1, maxLength: 256 }),
    input: Type.Optional(
      // Hosts and models drop or quote values of no declared type.
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

/** What is accepted: some operations take no object, and some clients send an object as JSON text. */
const AcceptedInput = Type.Object(
  { ...CallInput.properties, input: Type.Optional(Type.Unknown()) },
  { additionalProperties: false },
)

/** What the tool calls through. */
export type McpHub = CallOnceContext & {
  readonly bus: Bus
  readonly live: Pick<IdentityWatcher, 'watch'>
}

/** `call`: any operation, through the bus like every other caller. */
export function callTool(hub: McpHub): Tool {
  return {
    name: 'call',
    title: 'Call an operation',
    description:
      'Calls an operation and gives its data. Read its schema first. A subscription reports each item as progress and gives the items that came before its end or the deadline.',
    inputSchema: schemaOf(CallInput),
    checkedSchema: schemaOf(AcceptedInput),
    annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: true },
    run: (input, call) => run(hub, input as CallInput, call),
  }
}

const QueryInput = Type.Pick(CallInput, ['operationId', 'input', 'deadlineMs'], {
  additionalProperties: false,
})
/** What is shown of it: the limits of `call` hold here too, and definitions cost every conversation. */
const ShownQueryInput = {
  type: 'object',
  properties: {
    operationId: { type: 'string' },
    input: { type: 'object', additionalProperties: true },
    deadlineMs: { type: 'integer' },
  },
  required: ['operationId'],
}

/** `query`: operations that change nothing, for hosts that ask before a tool that could. */
export function queryTool(hub: McpHub): Tool {
  return {
    name: 'query',
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
      return run(hub, input as CallInput, call)
    },
  }
}

/** A subscription must say that it is read-only, because many run a command. A query is unless it says otherwise. */
function isReadOnly({ type, hints = {} }: OperationSpec): boolean {
  if (type === 'mutation' || hints.destructive === true) return false
  return hints.readOnly ?? type === 'query'
}

/**
 * Ends the call when the key may no longer see the operation, or call the spoke that has the call. If the operation has disappeared (its spoke
 * disconnected), the bus ends the call.
 */
async function run(hub: McpHub, request: CallInput, call: ToolCall): Promise<MCPToolResult> {
  const { authenticated } = call
  const { identity } = authenticated
  const { directory } = hub.bus
  const { operationId } = request
  const callId = uuidv7()
  const ending = new AbortController()
  const unwatch = hub.live.watch({
    authenticated,
    end: (reason) => ending.abort(reason),
    allowed: (now) =>
      directory.get(operationId, now.identity) === undefined
        ? directory.get(operationId, identity) === undefined
        : hub.bus.mayContinue(callId, now.identity),
  })
  try {
    const signal = AbortSignal.any([call.signal, ending.signal])
    return await runAllowed(hub, request, { ...call, signal }, callId)
  } finally {
    unwatch()
  }
}

async function runAllowed(
  hub: McpHub,
  request: CallInput,
  call: ToolCall,
  callId: string,
): Promise<MCPToolResult> {
  const { operationId, schemaHash, deadlineMs, idempotencyKey } = request
  const { signal } = call
  const { identity } = call.authenticated
  const { bus } = hub
  if (
    schemaHash !== undefined &&
    describeOperation(bus, identity, operationId).schemaHash !== schemaHash
  )
    throw new CallError('CONFLICT', `The schema of ${operationId} has changed: read it again.`)
  const options: BusCallOptions = {
    callId,
    principal: identity,
    signal,
    metadata: { via: 'mcp', ...call.from },
    timeoutMs: deadlineMs ?? DEFAULT_DEADLINE_MS,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  }
  const input = await readInput(hub.bus, request, identity)
  if (isNestedDeeper(input)) throw tooDeepError('input')
  try {
    const opened = await openOnce(hub, operationId, input, options)
    return opened.kind === 'stream'
      ? await collectItems(opened.items, call)
      : envelopeResult(opened.envelope)
  } catch (error) {
    logUnexpected(hub.logger, error, { operation: operationId, requestId: callId })
    throw error
  }
}

/** Text is looked at with the schema of the operation; the call itself answers for one that is not there. */
async function readInput(
  bus: Bus,
  { operationId, input = {} }: CallInput,
  identity: Identity,
): Promise<unknown> {
  if (typeof input !== 'string') return input
  const entry = await bus.lookUp(operationId, identity)
  return entry === undefined ? input : inputValue(operationId, entry.spec.inputSchema, input)
}
