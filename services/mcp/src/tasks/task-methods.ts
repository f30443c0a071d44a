import type { Call } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { abortCall, readCall } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { Server, ServerContext, StandardSchemaV1 } from '@modelcontextprotocol/server'
import type { Caller } from '../protocol/caller.ts'
import { identified } from '../protocol/tool-call.ts'
import type { ResultStore } from '../results/result-store.ts'
import { shortenResult } from '../results/shorten-result.ts'
import { requireTasks } from './task-extension.ts'
import { taskView } from './task-view.ts'

export interface TaskHub {
  readonly runtime: Pick<ServiceRuntime<'mcp'>, 'bus' | 'config' | 'db'>
  readonly results: ResultStore
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** `tasks/get`, `tasks/update` and `tasks/cancel`, for the queued calls of the caller's account alone. */
export function addTaskMethods(server: Server, hub: TaskHub, caller: Caller): void {
  const { runtime, results } = hub
  const { identity } = caller.authenticated
  const params = { params: TaskParams }
  server.setRequestHandler('tasks/get', params, async ({ taskId }, ctx) => {
    const call = await ownCall(hub, caller, taskId, ctx)
    const { task, result } = taskView(call, runtime.config.retention.queuedCallDays)
    if (result === undefined) return { ...task }
    const short = await shortenResult(results, identity, result)
    return { ...task, result: identified(short, call.callId) }
  })
  // A queued call asks for nothing while it runs, so there is never an answer to deliver.
  server.setRequestHandler('tasks/update', params, async ({ taskId }, ctx) => {
    await ownCall(hub, caller, taskId, ctx)
    return {}
  })
  server.setRequestHandler('tasks/cancel', params, async ({ taskId }, ctx) => {
    const { callId } = await ownCall(hub, caller, taskId, ctx)
    await abortCall(runtime, identity, { callId, reason: 'The client cancelled the task.' })
    return {}
  })
}

/** Throws the same protocol error for a task of another account as for one that does not exist. */
async function ownCall(
  { runtime }: TaskHub,
  { authenticated: { identity } }: Caller,
  taskId: string,
  ctx: ServerContext,
): Promise<Call> {
  requireTasks(ctx)
  const call = UUID.test(taskId)
    ? await readCall(runtime, identity, { callId: taskId, tree: false }).catch(undefinedIfUnknown)
    : undefined
  if (call?.queued !== undefined && call.accountId === identity.id) return call
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such task.')
}

function undefinedIfUnknown(error: unknown): undefined {
  if (CodedError.from(error).code !== 'CALL_NOT_FOUND') throw error
}

const TaskParams: StandardSchemaV1<unknown, { readonly taskId: string }> = {
  '~standard': {
    version: 1,
    vendor: 'alkhub',
    validate(value) {
      const taskId =
        typeof value === 'object' && value !== null && 'taskId' in value && value.taskId
      return typeof taskId === 'string'
        ? { value: { taskId } }
        : { issues: [{ message: 'taskId must be a text', path: ['taskId'] }] }
    },
  },
}
