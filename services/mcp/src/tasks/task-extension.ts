import {
  CLIENT_CAPABILITIES_META_KEY,
  MissingRequiredClientCapabilityError,
} from '@modelcontextprotocol/server'
import type { ServerContext } from '@modelcontextprotocol/server'
import { membersOf } from '../protocol/members-of.ts'

/** The extension of MCP 2026-07-28 in which a call is answered with a task, which the client asks for its result. */
export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks'

/** Whether this request says that its client takes a task for an answer. What older clients declare does not count. */
export function takesTasks({ mcpReq }: ServerContext): boolean {
  const declared = membersOf(mcpReq.envelope)[CLIENT_CAPABILITIES_META_KEY]
  return membersOf(membersOf(declared)['extensions'])[TASKS_EXTENSION] !== undefined
}

/** Throws the protocol error for a client that does not declare the extension. */
export function requireTasks(ctx: ServerContext): void {
  if (takesTasks(ctx)) return
  throw new MissingRequiredClientCapabilityError({
    requiredCapabilities: { extensions: { [TASKS_EXTENSION]: {} } },
  })
}
