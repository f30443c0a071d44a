import { validationError } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import { envelopeResult, errorResult, toolResult } from '@alkdev/operations/to-mcp'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import { uuidv7 } from '@alkdev/std'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { InputRequiredResult } from '@modelcontextprotocol/server'
import { membersOf } from '../protocol/members-of.ts'
import { identified, runCall } from '../protocol/tool-call.ts'
import { shortenResult } from '../results/shorten-result.ts'
import { callOperation } from '../tools/call-operation.ts'
import { collectItems } from '../tools/collect-items.ts'
import type { ReportItem } from '../tools/collect-items.ts'
import type { ToolCall } from '../tools/tool.ts'
import { runsAsTask } from '../tasks/runs-as-task.ts'
import { createdTask, isCreatedTask } from '../tasks/task-view.ts'
import type { NativeTool } from './catalog.ts'
import type { NativeHub, NativeRequest } from './native-hub.ts'
import type { SendLog } from './session-logs.ts'

/** Milliseconds for each attempt of an operation that runs as a task: the most that the hub gives. */
const TASK_MS = 600_000

/** `tools/call`: calls the operation of the tool. Throws a protocol error for an unknown tool; other failures are results with `isError`. */
export async function callNativeTool(
  hub: NativeHub,
  { server, ctx, caller, catalog }: NativeRequest,
  params: {
    readonly name: string
    readonly arguments?: Readonly<Record<string, unknown>> | undefined
  },
): Promise<MCPToolResult | InputRequiredResult> {
  const tool = catalog.tools.get(params.name)
  if (tool === undefined)
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `Unknown tool ${JSON.stringify(params.name.slice(0, 200))}.`,
    )
  const { operationId } = tool.entry
  const callId = uuidv7()
  const given = params.arguments ?? {}
  const { identity } = caller.authenticated
  try {
    return await runCall(
      hub.context,
      hub.rounds,
      {
        callId,
        what: 'native',
        method: 'tools/call',
        params: [params.name, given],
        server,
        ctx,
        caller,
      },
      async (call) => {
        const input = inputOf(tool, given)
        const log = await hub.logs.for(ctx, caller)
        const queued = await runsAsTask(hub.bus, { operationId }, call)
        const request = { operationId, input, queued, ...(queued && { deadlineMs: TASK_MS }) }
        const result = await callOperation(hub, request, call, (opened, running) => {
          if (opened.kind === 'queued') return createdTask(opened.callId, hub.queuedCallDays)
          return opened.kind === 'stream'
            ? collectItems(opened.items, running, reporting(running, log))
            : answerOf(tool, opened.envelope)
        })
        if (isCreatedTask(result)) return result as never
        return identified(await shortenResult(hub.context.results, identity, result), callId)
      },
    )
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    return identified(errorResult(error), callId)
  }
}

/** Throws VALIDATION_ERROR when a tool whose operation takes no object gets anything but the member `input`. */
function inputOf({ wrapsInput }: NativeTool, given: Readonly<Record<string, unknown>>): unknown {
  if (!wrapsInput) return given
  const { input, ...more } = given
  const [name] = Object.keys(more)
  if (name !== undefined)
    throw validationError('The input', [{ path: `/${name}`, message: 'is not known; use `input`' }])
  return input
}

function answerOf({ tool, wrapsOutput }: NativeTool, envelope: ResponseEnvelope): MCPToolResult {
  if (tool.outputSchema === undefined) return envelopeResult(envelope)
  const isError = envelope.meta.source === 'mcp' && envelope.meta.isError
  return { ...toolResult(envelope, wrapsOutput), ...(isError && { isError }) }
}

/**
 * Shows an item to the client: one with the members of a progress report (`progress`, `total`, `message`) as that, any other by its number.
 * Each item is also a log line for clients that set a log level.
 */
function reporting(call: ToolCall, log: SendLog | undefined): ReportItem {
  return async ({ data, count, text }) => {
    await log?.(data)
    const { progress, total, message } = membersOf(data)
    const done = typeof progress === 'number' ? progress : count
    const shown = typeof message === 'string' ? message : text
    await (typeof total === 'number'
      ? call.progress(done, shown, total)
      : call.progress(done, shown))
  }
}
