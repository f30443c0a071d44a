import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsWatchInput, WorkflowsWatchOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { readRunEvents } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../../context.ts'
import { visibleRun } from '../../workflows/whose-workflows.ts'
import { eventView } from '../../workflows/workflow-views.ts'

/** Events of one query. */
const PART = 200

/** `workflows.watch`: the rights are checked again before each look. */
export function workflowsWatch({ runtime, workflows }: CoordinatorContext): IOperationDefinition {
  const { db, draining } = runtime
  return {
    ...serviceSpec('workflows.watch'),
    async *handler(
      { runId, after = 0 }: WorkflowsWatchInput,
      context: OperationContext,
    ): AsyncGenerator<WorkflowsWatchOutput, void> {
      const caller = callerOf(context)
      const signal = context.signal ? AbortSignal.any([context.signal, draining]) : draining
      let position = after
      try {
        for (;;) {
          // Before the events: of a run that has ended they are all of them.
          const run = await visibleRun(db, caller, runId)
          const events = await readRunEvents(db, runId, { after: position, limit: PART })
          for (const event of events) yield eventView(event)
          position = events.at(-1)?.seq ?? position
          if (events.length === PART) continue
          if (run.endedAt !== null && position >= run.eventSeq) {
            yield {
              position,
              type: 'run.ended',
              at: run.endedAt.toISOString(),
              status: run.status,
              ...compact({ error: run.error }),
            }
            return
          }
          await workflows.waiters.wait(runId, signal)
        }
      } catch (error) {
        if (!draining.aborted || context.signal?.aborted === true) throw error
        throw new CallError('PROVIDER_LOST', 'The hub is draining; watch again.', {
          outcome: 'unknown',
          reason: 'draining',
        })
      }
    },
  }
}
