import { serviceSpec } from '@alkdev/contracts'
import type { CallsRepeatDeadInput, CallsRepeatDeadOutput } from '@alkdev/contracts'
import { callerOf, callNotFound } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { countQueuedCalls, getQueuedCall, listQueuedCalls } from '@alkdev/storage/queue'
import type { CoordinatorContext } from '../../context.ts'

const DEFAULT_LIMIT = 100

/** `calls.repeatDead`: each is checked and queued with the rights of this call, as if it were queued for the first time. */
export function callsRepeatDead(coordinator: CoordinatorContext): IOperationDefinition {
  const { db } = coordinator.runtime
  return {
    ...serviceSpec('calls.repeatDead'),
    async handler(
      input: CallsRepeatDeadInput,
      context: OperationContext,
    ): Promise<CallsRepeatDeadOutput> {
      const { callId, operationId, code, dryRun = false, limit = DEFAULT_LIMIT } = input
      const accountId = callerOf(context).id
      const filters = { accountId, dead: true, code, operationName: operationId }
      const output: CallsRepeatDeadOutput = { repeated: [], refused: [], left: 0 }
      if (callId !== undefined) {
        const call = await getQueuedCall(db, callId)
        if (call === undefined || call.accountId !== accountId) throw callNotFound(callId)
        if (!dryRun) {
          const repeatedAs = await repeat(coordinator, context, callId)
          output.repeated.push({ callId, repeatedAs })
        }
      } else if (!dryRun) {
        const { items } = await listQueuedCalls(db, { ...filters, limit })
        for (const { id } of items) {
          if (context.signal?.aborted === true) break
          try {
            // oxlint-disable-next-line no-await-in-loop -- each in its own transaction
            const repeatedAs = await repeat(coordinator, context, id)
            output.repeated.push({ callId: id, repeatedAs })
          } catch (thrown) {
            const error = CallError.from(thrown)
            if (error.code === 'UNAVAILABLE') throw thrown
            output.refused.push({ callId: id, code: error.code, message: error.message })
          }
        }
      }
      return { ...output, left: await countQueuedCalls(db, filters) }
    },
  }
}

/** Effects that are not known must not happen twice: the provider gets the key of the first call. */
async function repeat(
  { runtime: { db }, queue }: CoordinatorContext,
  context: OperationContext,
  callId: string,
): Promise<string> {
  const call = await getQueuedCall(db, callId)
  if (call === undefined) throw callNotFound(callId)
  const [accepted] = await queue.accept(
    callerOf(context),
    context,
    [
      {
        operationId: call.operationName,
        input: JSON.parse(call.input) as unknown,
        priority: call.priority,
        timeoutMs: call.timeoutMs,
        maxAttempts: call.maxAttempts,
        backoffMs: call.backoffMs,
      },
    ],
    call,
  )
  return must(accepted).callId
}
