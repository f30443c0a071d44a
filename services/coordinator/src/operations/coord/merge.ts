import { serviceSpec } from '@alkdev/contracts'
import type { CoordMergeInput, CoordMergeOutput } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must, sleep } from '@alkdev/std'
import { getMerge } from '@alkdev/storage/coordination'
import type { MergeQueueRow } from '@alkdev/storage/coordination'
import type { CoordinatorContext } from '../../context.ts'
import { mergeView } from '../../coordination/merge/merge-view.ts'
import { requestMerge } from '../../coordination/merge/request-merge.ts'

const DEFAULT_WAIT_MS = 20_000
const LOOK_MS = 200
/** Milliseconds left of the call in which the answer is read and sent. */
const ANSWER_MS = 500
const OPEN: ReadonlySet<string> = new Set(['queued', 'running'])

/** `coord.merge` */
export function coordMerge({ runtime, merges }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('coord.merge'),
    async handler(input: CoordMergeInput, context: OperationContext): Promise<CoordMergeOutput> {
      const caller = callerOf(context)
      const { row, isNew } = await requestMerge(runtime, caller, input, (tx, merge) =>
        audit(tx, context, {
          action: 'sessions.merge-requested',
          targetType: 'session',
          targetId: input.sessionId,
          data: { mergeId: merge.id, target: merge.targetBranch },
        }),
      )
      if (isNew) merges.wake()
      const { waitMs = DEFAULT_WAIT_MS } = input
      const left = (context.deadline ?? Infinity) - Date.now() - ANSWER_MS
      const until = performance.now() + Math.min(waitMs, left)
      let merge: MergeQueueRow = row
      while (OPEN.has(merge.status) && performance.now() < until) {
        // oxlint-disable no-await-in-loop -- one look after the other
        await sleep(Math.max(1, Math.min(LOOK_MS, until - performance.now())), context.signal)
        merge = must(await getMerge(db, row.id))
        // oxlint-enable no-await-in-loop
      }
      return { merge: mergeView(merge), isNew }
    },
  }
}
