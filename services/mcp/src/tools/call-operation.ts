import type { Bus, BusCallOptions } from '@alkdev/bus'
import { describeOperation, logUnexpected, mayGoOn, openOnce, queueCall } from '@alkdev/service'
import type { CallOnceContext, IdentityWatcher } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact, isNestedDeeper } from '@alkdev/std'
import { tooDeepError } from '../routes/request-body.ts'
import type { CallHistory } from './call-history.ts'
import { inputValue } from './call-input.ts'
import type { ToolCall } from './tool.ts'

/** Milliseconds for a call without a deadline of its own, as the description of `call` says. */
const DEFAULT_DEADLINE_MS = 30_000

/** The part of the runtime through which operations are called. */
export type McpHub = CallOnceContext & {
  readonly bus: Bus
  readonly live: Pick<IdentityWatcher, 'watch'>
  /** Days that the result of a queued call is kept. */
  readonly queuedCallDays: number
  /** Counts the calls that were answered. */
  readonly history?: CallHistory
}

export interface OperationRequest {
  readonly operationId: string
  readonly input?: unknown
  readonly schemaHash?: string
  readonly deadlineMs?: number
  readonly idempotencyKey?: string
  /** It is queued, and opened as `queued`. */
  readonly queued?: boolean
}

/** An answer, the items of a subscription, or the id of a call that was queued. */
export type Opened =
  | Awaited<ReturnType<typeof openOnce>>
  | { readonly kind: 'queued'; readonly callId: string }

/**
 * Calls an operation through the bus, like every other caller, and returns what `use` makes of its answer. Ends the call when the key may
 * no longer see the operation, or call the spoke that has the call. If the operation has disappeared (its spoke disconnected), the bus
 * ends the call. Throws what the call failed with.
 */
export async function callOperation<Result>(
  hub: McpHub,
  request: OperationRequest,
  call: ToolCall,
  use: (opened: Opened, call: ToolCall) => Result | Promise<Result>,
): Promise<Result> {
  const { authenticated, callId } = call
  const { operationId } = request
  const unwatch = hub.live.watch({
    authenticated,
    end: (reason) => call.endCall(reason),
    allowed: (now) =>
      mayGoOn(hub.bus, { callId, operationId }, authenticated.identity, now.identity),
  })
  try {
    return await callAllowed(hub, request, call, use)
  } finally {
    unwatch()
  }
}

async function callAllowed<Result>(
  hub: McpHub,
  request: OperationRequest,
  call: ToolCall,
  use: (opened: Opened, call: ToolCall) => Result | Promise<Result>,
): Promise<Result> {
  const { operationId, schemaHash, deadlineMs, idempotencyKey } = request
  const { callId, signal, client } = call
  const { identity } = call.authenticated
  const { bus } = hub
  if (
    schemaHash !== undefined &&
    (await describeOperation(bus, identity, operationId)).schemaHash !== schemaHash
  )
    throw new CallError('CONFLICT', `The schema of ${operationId} has changed: read it again.`)
  const options: BusCallOptions & { readonly callId: string } = {
    callId,
    principal: identity,
    signal,
    metadata: { via: 'mcp', ...call.from, ...(client !== undefined && { mcp: client }) },
    timeoutMs: deadlineMs ?? DEFAULT_DEADLINE_MS,
    ...compact({ idempotencyKey, depth: call.depth, traceparent: call.traceparent }),
  }
  const { input: given = {} } = request
  const input =
    typeof given === 'string' ? await readInput(bus, operationId, given, identity) : given
  if (isNestedDeeper(input)) throw tooDeepError('input')
  await call.consent?.(operationId, input)
  try {
    const opened: Opened =
      request.queued === true
        ? { kind: 'queued', ...(await queued(hub, request, input, options)) }
        : await openOnce(hub, operationId, input, options)
    hub.history?.add(identity.id, operationId)
    return await use(opened, call)
  } catch (error) {
    logUnexpected(hub.logger, error, { operation: operationId, requestId: callId })
    throw error
  }
}

async function queued(
  { bus }: McpHub,
  { operationId, deadlineMs, idempotencyKey }: OperationRequest,
  input: unknown,
  options: BusCallOptions & { readonly callId: string },
): Promise<{ readonly callId: string }> {
  const call = { operationId, input, ...compact({ timeoutMs: deadlineMs, idempotencyKey }) }
  const { callId } = await queueCall(bus, options.callId, call, options)
  return { callId }
}

/** Converts text by the schema of the operation. An unknown operation is left to the call, which reports it. */
async function readInput(
  bus: Bus,
  operationId: string,
  input: string,
  identity: Identity,
): Promise<unknown> {
  const entry = await bus.lookUp(operationId, identity)
  return entry === undefined ? input : inputValue(operationId, entry.spec.inputSchema, input)
}
