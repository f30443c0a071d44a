import { serviceSpec, workflowRunOf } from '@alkdev/contracts'
import type { CoordNotifyInput, CoordNotifyOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must, storableText } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { changeMapping } from '@alkdev/storage/coordination'
import { getSession } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { finishWork } from '../../coordination/finish-work.ts'
import { sendToParent } from '../../coordination/send-to-parent.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An attempt of the same call says the same. */
function messageIdOf(key: string | undefined): string | undefined {
  return key !== undefined && UUID.test(key) ? key : undefined
}

/** `coord.notify` */
export function coordNotify({
  runtime,
  sessions,
  coordination,
}: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  /** The session above may be due. */
  const onSent = async ({ parentId }: SessionWithOrg): Promise<void> => {
    const parent = parentId === null ? undefined : await getSession(db, parentId)
    if (parent !== undefined) sessions.onChanged(parent, 'updated')
  }
  return {
    ...serviceSpec('coord.notify'),
    async handler(input: CoordNotifyInput, context: OperationContext): Promise<CoordNotifyOutput> {
      const caller = callerOf(context)
      const { sessionId } = caller
      if (sessionId === undefined)
        throw new CallError('ACCESS_DENIED', 'Only a session reports to the one above it.')
      const session = must(await getSession(db, sessionId))
      if (session.abortId !== null) throw new CallError('CONFLICT', 'The session was aborted.')
      const { kind, text } = input
      const runId = workflowRunOf(context.metadata)
      let output: CoordNotifyOutput = { accepted: true }
      if (kind === 'report') await changeMapping(db, sessionId, { report: storableText(text) })
      else if (kind === 'ask') {
        await inTransaction(db, (tx) =>
          sendToParent(tx, session, {
            text,
            caller,
            messageId: messageIdOf(context.idempotencyKey),
            runId,
          }),
        )
        await onSent(session)
      } else {
        const { isWoken, ...finished } = await finishWork(runtime, session, input, {
          caller,
          runId,
          deadline: context.deadline ?? Date.now() + runtime.config.limits.maxCallTimeoutMs,
          signal: context.signal,
        })
        output = finished
        if (isWoken === true) await onSent(session)
      }
      coordination.emit('coord.notified', session, { kind, accepted: output.accepted })
      return output
    },
  }
}
