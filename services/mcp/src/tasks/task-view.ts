import type { Call } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import { envelopeResult, errorResult } from '@alkdev/operations/to-mcp'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'

const DAY_MS = 86_400_000
/** Milliseconds that a client should wait before it asks again. */
const POLL_MS = 1000

/** A task as the extension describes it. */
export interface Task {
  readonly taskId: string
  readonly status: 'working' | 'completed' | 'cancelled'
  readonly statusMessage?: string
  readonly createdAt: string
  readonly lastUpdatedAt: string
  readonly ttlMs: number
  readonly pollIntervalMs: number
}

/** What `tools/call` answers in place of a result. */
export interface CreatedTask extends Task {
  readonly resultType: 'task'
  readonly [member: string]: unknown
}

export function isCreatedTask(result: MCPToolResult | CreatedTask): result is CreatedTask {
  return result['resultType'] === 'task'
}

/** The task of a call that was queued now. `keptDays`: how long its result is kept after its end. */
export function createdTask(taskId: string, keptDays: number): CreatedTask {
  const createdAt = createdAtOf(taskId)
  return { resultType: 'task', ...taskOf(taskId, 'working', createdAt, keptDays) }
}

/** The task of a queued call. An operation that failed has completed: its result has `isError`. */
export function taskView(
  { callId, status, startedAt, completedAt, output, error }: Call,
  keptDays: number,
): { readonly task: Task; readonly result?: MCPToolResult } {
  const task = (state: Task['status'], message?: string): Task => ({
    ...taskOf(callId, state, completedAt ?? startedAt ?? createdAtOf(callId), keptDays),
    ...(message !== undefined && { statusMessage: message }),
  })
  if (status === 'completed')
    return { task: task('completed'), result: envelopeResult(output as ResponseEnvelope) }
  if (status === 'aborted') return { task: task('cancelled', error?.message) }
  if (status !== 'failed')
    return { task: task('working', status === 'accepted' ? 'It waits.' : 'It runs.') }
  const { code = 'UNKNOWN_ERROR', message = 'It failed.', details } = error ?? {}
  return {
    task: task('completed', message),
    result: errorResult(new CallError(code, message, details)),
  }
}

function taskOf(
  taskId: string,
  status: Task['status'],
  lastUpdatedAt: string,
  keptDays: number,
): Task {
  return {
    taskId,
    status,
    createdAt: createdAtOf(taskId),
    lastUpdatedAt,
    ttlMs: keptDays * DAY_MS,
    pollIntervalMs: POLL_MS,
  }
}

/** The ids of calls (UUIDv7) begin with the time at which they were made. */
function createdAtOf(callId: string): string {
  return new Date(Number.parseInt(callId.replace('-', '').slice(0, 12), 16)).toISOString()
}
