import { GEN_AI_ATTRIBUTES, HUB_ATTRIBUTES, isTraceparent, MCP_ATTRIBUTES } from '@alkdev/contracts'
import type { Tracer } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { CallRequest } from './tool-call.ts'

/** The span of one request of the protocol. */
export interface RequestTrace {
  /** The trace context of the calls of the request. */
  readonly traceparent: string | undefined
  end(errorType?: string): void
  fail(error: unknown): void
}

type TracedRequest = Pick<CallRequest, 'callId' | 'method' | 'params' | 'caller'> & {
  readonly ctx: { readonly mcpReq: { readonly _meta?: object | undefined } }
}

/** The methods whose first parameter is the name of a tool, which is one of the hub's. */
const OF_TOOLS: ReadonlySet<string> = new Set(['tools/call'])
const MAX_NAME = 200

/**
 * Starts the span of a request. Its parent is what the client gave in `_meta`, as the conventions for MCP ask, otherwise the HTTP request. Where traces are
 * off, the trace context is only passed on.
 */
export function traceRequest(tracer: Tracer | undefined, request: TracedRequest): RequestTrace {
  const { callId, method, params, ctx, caller } = request
  const parent = metaOf(ctx.mcpReq._meta) ?? caller.traceparent
  if (tracer === undefined) return { traceparent: parent, end: nothing, fail: nothing }
  const tool = OF_TOOLS.has(method) && Array.isArray(params) ? String(params[0]) : undefined
  const name = tool === undefined ? method : `${method} ${tool.slice(0, MAX_NAME)}`
  const span = tracer.begin(name, 'server', parent, callId)
  span.set(MCP_ATTRIBUTES.METHOD, method)
  span.set(HUB_ATTRIBUTES.CALL_ID, callId)
  if (tool !== undefined) span.set(GEN_AI_ATTRIBUTES.TOOL_NAME, tool.slice(0, MAX_NAME))
  return {
    traceparent: span.traceparent,
    end: (errorType) => span.end(errorType),
    fail: (error) => span.end(CallError.from(error).code),
  }
}

function nothing(): void {}

function metaOf(meta: object | undefined): string | undefined {
  const { traceparent } = (meta ?? {}) as { readonly traceparent?: unknown }
  return typeof traceparent === 'string' && isTraceparent(traceparent) ? traceparent : undefined
}
