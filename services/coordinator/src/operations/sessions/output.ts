import { serviceSpec } from '@alkdev/contracts'
import type { SessionsOutputInput, SessionsOutputOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getToolCallOutput } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'

/** `sessions.output` */
export function sessionsOutput({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('sessions.output'),
    async handler(
      { toolCallId, offset = 0, limit = 32_768 }: SessionsOutputInput,
      context: OperationContext,
    ): Promise<SessionsOutputOutput> {
      const caller = callerOf(context)
      const found = await getToolCallOutput(db, toolCallId, offset, limit)
      const isVisible =
        found !== undefined &&
        (await visibleSession(db, caller, found.sessionId).catch((error: unknown) => {
          if (error instanceof CallError && error.code === 'SESSION_NOT_FOUND') return undefined
          throw error
        })) !== undefined
      if (!isVisible)
        throw new CallError(
          'TOOL_CALL_NOT_FOUND',
          `There is no tool call ${toolCallId}.`,
          { toolCallId },
          { httpStatus: 404 },
        )
      const text = found.text ?? ''
      // PostgreSQL counts code points, as the offsets do.
      // oxlint-disable-next-line typescript/no-misused-spread -- code points are counted
      const end = offset + [...text].length
      return {
        text,
        totalCharacters: found.total,
        ...(end < found.total && { nextOffset: end }),
      }
    },
  }
}
