import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
} from '@modelcontextprotocol/server'
import type { CallContext } from '../protocol/call-context.ts'
import { membersOf } from '../protocol/members-of.ts'

/** The extension of MCP 2026-07-28 in which a call is answered with a task, which the client asks for its result. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks'

/** Whether this request says that its client takes a task for an answer. What older clients declare does not count. */
export function takesTasks({ mcpReq }: CallContext): boolean {
  return declaresTasks(mcpReq.envelope)
}

function declaresTasks(envelope: unknown): boolean {
  const declared = membersOf(envelope)[CLIENT_CAPABILITIES_META_KEY]
  return membersOf(membersOf(declared)['extensions'])[TASKS_EXTENSION] !== undefined
}

function missingTasks(): MissingRequiredClientCapabilityError {
  return new MissingRequiredClientCapabilityError({
    requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
  })
}

/**
 * The answer to a `subscriptions/listen` that names tasks, of a client that does not declare the extension; undefined for any other request. A client that
 * declares it listens to no task, as the acknowledgement says.
 */
export function refuseTaskIds(body: unknown): Response | undefined {
  const { id, method, params } = membersOf(body)
  if (method !== 'subscriptions/listen') return undefined
  const { notifications, _meta: meta } = membersOf(params)
  if (membersOf(notifications)['taskIds'] === undefined || declaresTasks(meta)) return undefined
  const { code, message, data } = missingTasks()
  return Response.json(
    { jsonrpc: '2.0', id: id ?? null, error: { code, message, data } },
    { status: 400 },
  )
}

/** Throws the protocol error for a client that does not declare the extension. */
export function requireTasks(ctx: CallContext): void {
  if (takesTasks(ctx)) return
  throw missingTasks()
}
