import { CallError } from '@alkdev/operations'
import { getApproval } from '@alkdev/storage'
import { findOpenQueuedCalls, getQueuedCall } from '@alkdev/storage/queue'
import { readRunNews, readSignals } from '@alkdev/storage/workflows'
import type { RunNews } from '@alkdev/storage/workflows'
import type { EndedCall } from './run-calls.ts'
import type { RunWork } from './run-work.ts'
import type { OpenCall } from './step-facts.ts'

export interface FoundNews {
  readonly news: RunNews
  /** Queued calls of steps that have ended. */
  readonly ended: readonly EndedCall[]
}

/**
 * What the database tells of a run: an abort, the ends of queued calls and of approvals, and events that were sent, which go to the steps that wait for them. The number of
 * wake-ups is read first. Undefined when the run is gone.
 */
export async function lookForNews({
  runtime: { db },
  run: { id },
  state: { facts },
  waits,
}: RunWork): Promise<FoundNews | undefined> {
  const news = await readRunNews(db, id)
  if (news === undefined) return undefined
  waits.setClock(news.nowMs - performance.now())
  const queued = facts.open.filter(({ mode }) => mode === 'queued')
  const ids = queued.map(({ callId }) => callId)
  const left = new Set(ids.length === 0 ? [] : await findOpenQueuedCalls(db, ids))
  const ended: EndedCall[] = []
  for (const open of queued) {
    // oxlint-disable-next-line no-await-in-loop -- one result after the other
    if (!left.has(open.callId)) ended.push(endOf(open, await getQueuedCall(db, open.callId)))
  }
  for (const signal of await readSignals(db, id, waits.events)) waits.onSignal(signal)
  for (const approvalId of waits.approvals) {
    // oxlint-disable-next-line no-await-in-loop -- few of them wait at a time
    const approval = await getApproval(db, approvalId)
    // One that is not there is asked for with the next write.
    if (approval === undefined || approval.status === 'open') continue
    waits.onApproval(approvalId, {
      decision: approval.decision ?? 'deny',
      ...(approval.answer !== null && { answer: approval.answer }),
      expired: approval.status !== 'answered',
    })
  }
  return { news, ended }
}

function endOf(open: OpenCall, call: Awaited<ReturnType<typeof getQueuedCall>>): EndedCall {
  if (call?.status === 'completed') return { open, output: call.envelope?.data }
  const { code, message, details } = call?.error ?? {
    code: 'PROVIDER_LOST',
    message: 'The queued call is not kept any more.',
    details: { outcome: 'unknown' },
  }
  return { open, error: new CallError(code, message, details) }
}
