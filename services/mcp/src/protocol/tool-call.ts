import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import { followAborts, unlessAborted } from '@alkdev/std'
import { CLIENT_CAPABILITIES_META_KEY, ProtocolError } from '@modelcontextprotocol/server'
import type { InputRequiredResult, Server } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import { membersOf } from './members-of.ts'
import { tooDeepError } from '../routes/request-body.ts'
import { takesTasks } from '../tasks/task-extension.ts'
import type { ToolCall } from '../tools/tool.ts'
import type { CallContext } from './call-context.ts'
import type { Caller } from './caller.ts'
import { ProgressReports } from './progress-reports.ts'
import { traceRequest } from './trace-request.ts'
import type { Round, Rounds } from './rounds.ts'

/** The member of `_meta` with the id of the call, by which an operator finds it in the call history. */
export const CALL_ID = 'alkhub/callId'

/** One request that calls an operation. */
export interface CallRequest {
  readonly callId: string
  /** For the metrics: the tool, or the method of the protocol. */
  readonly what: string
  readonly method:
    | 'tools/call'
    | 'prompts/get'
    | 'prompts/list'
    | 'resources/read'
    | 'completion/complete'
  /** Its name and arguments: answers of the client count for this request alone. */
  readonly params: unknown
  readonly server: Pick<Server, 'getClientCapabilities'>
  readonly ctx: CallContext
  readonly caller: Caller
}

/**
 * Runs a request that calls operations: with a call id, progress, an end when the key ends, and the questions that operations ask the client.
 * Throws what `run` throws unless the client can be asked for what is missing.
 */
export async function runCall<Result>(
  context: McpContext,
  rounds: Rounds,
  { callId, what, method, params, server, ctx, caller }: CallRequest,
  run: (call: ToolCall) => Promise<Result>,
): Promise<Result | InputRequiredResult> {
  const { authenticated, from, depth, keyEnded, tooDeep } = caller
  const trace = traceRequest(context.runtime.tracer, { callId, method, params, ctx, caller })
  const { identity } = authenticated
  const capabilities = capabilitiesOf(server, ctx)
  const round: Round = rounds.begin({ identity, method, params, capabilities }, ctx)
  using reports = progressOf(ctx)
  const { ending = new AbortController() } = caller
  const unfollow =
    caller.ending === undefined
      ? followAborts(ending, [ctx.mcpReq.signal, keyEnded])
      : () => undefined
  try {
    if (tooDeep) throw tooDeepError('request')
    const running = run({
      callId,
      authenticated,
      from,
      depth,
      traceparent: trace.traceparent,
      client: round.client,
      takesTasks: takesTasks(ctx),
      consent: round.consent,
      signal: ending.signal,
      endCall: (reason) => ending.abort(reason),
      stream: () => context.streams.enter(identity),
      hold: (signal) => context.uses.hold(authenticated, signal),
      progress: async (done, message, total) => reports?.report(done, message, total),
    })
    const result = await unlessAborted(running, keyEnded)
    const isError = (result as { isError?: unknown }).isError === true
    context.events.toolCalled(what, !isError)
    trace.end(isError ? 'tool_error' : undefined)
    return result
  } catch (error) {
    trace.fail(error)
    if (error instanceof ProtocolError) throw error
    const asked = await round.ask(error)
    context.events.toolCalled(what, asked !== undefined)
    if (asked !== undefined) return asked
    context.events.toolFailed(what, error)
    throw error
  } finally {
    unfollow()
  }
}

/** The result with the id of its call. */
export function identified(result: MCPToolResult, callId: string): MCPToolResult {
  return { ...result, _meta: { ...(result['_meta'] as object | undefined), [CALL_ID]: callId } }
}

/** Undefined when the client gave no progress token. */
function progressOf(ctx: CallContext): ProgressReports | undefined {
  const progressToken = ctx.mcpReq._meta?.progressToken
  if (progressToken === undefined) return undefined
  return new ProgressReports((progress, message, total) =>
    ctx.mcpReq.notify({
      method: 'notifications/progress',
      params: { progressToken, progress, message, ...(total !== undefined && { total }) },
    }),
  )
}

function capabilitiesOf(
  server: CallRequest['server'],
  ctx: CallContext,
): Readonly<Record<string, unknown>> {
  const declared = membersOf(ctx.mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY]
  return membersOf(declared ?? server.getClientCapabilities())
}
