import type { ServiceConfig } from '@alkdev/config'
import {
  pruneApprovals,
  pruneAudit,
  pruneCallStats,
  pruneChanges,
  pruneEndedKeys,
  pruneFindings,
  pruneUsage,
  repairEdges,
} from '@alkdev/storage'
import { pruneQueuedCalls, pruneQueueStarts } from '@alkdev/storage/queue'
import { pruneFirings } from '@alkdev/storage/schedules'
import { pruneDeliveries, pruneWebhookSecrets } from '@alkdev/storage/webhooks'
import { pruneWorkflowRuns } from '@alkdev/storage/workflows'
import type { Db } from '@alkdev/storage'
import { pruneSessionEvents, pruneToolOutputs } from '@alkdev/storage/sessions'

const DAY_MS = 86_400_000
/** Milliseconds after which every process has read a change: each reads them once a second, and a starting process reads everything. */
const CHANGES_KEPT_MS = DAY_MS
/** An edge is deleted when one of its calls is not in the call log after this time. The longest calls end within it. */
const EDGE_GRACE_MS = DAY_MS

export type Retention = ServiceConfig<'coordinator'>['retention']

/** Deletes rows that are kept no longer, `limit` at most, and gives how many. */
type Prune = (db: Db, retention: Retention, limit: number) => Promise<number>

const NOTHING = Promise.resolve(0)

/** Everything that grows, but the call log, whose days are dropped as a whole. By the name under which it is counted. */
export const PRUNERS = {
  changes: (db, _retention, limit) => pruneChanges(db, CHANGES_KEPT_MS, limit),
  edges: (db, _retention, limit) => repairEdges(db, EDGE_GRACE_MS, limit),
  callStats: (db, { callStatsDays }, limit) => pruneCallStats(db, callStatsDays * DAY_MS, limit),
  queuedCalls: (db, { queuedCallDays, deadLetterDays }, limit) =>
    pruneQueuedCalls(db, {
      endedMs: queuedCallDays * DAY_MS,
      deadMs: deadLetterDays * DAY_MS,
      limit,
    }),
  queueStarts: (db, _retention, limit) => pruneQueueStarts(db, limit),
  approvals: (db, { approvalDays }, limit) => pruneApprovals(db, approvalDays * DAY_MS, limit),
  findings: (db, { findingDays }, limit) => pruneFindings(db, findingDays * DAY_MS, limit),
  workflowRuns: (db, { workflowRunDays }, limit) =>
    pruneWorkflowRuns(db, { endedMs: workflowRunDays * DAY_MS, limit }),
  sessionEvents: (db, { sessionEventDays }, limit) =>
    pruneSessionEvents(db, { olderMs: sessionEventDays * DAY_MS, limit }),
  toolOutputs: (db, { toolOutputDays }, limit) =>
    toolOutputDays === 0
      ? NOTHING
      : pruneToolOutputs(db, { endedMs: toolOutputDays * DAY_MS, limit }),
  firings: (db, { firingDays }, limit) => pruneFirings(db, firingDays * DAY_MS, limit),
  deliveries: (db, { deliveryDays, deadLetterDays }, limit) =>
    pruneDeliveries(db, {
      endedMs: deliveryDays * DAY_MS,
      deadMs: deadLetterDays * DAY_MS,
      limit,
    }),
  webhookSecrets: (db, _retention, limit) => pruneWebhookSecrets(db, limit),
  keys: (db, { revokedKeyDays }, limit) => pruneEndedKeys(db, revokedKeyDays * DAY_MS, limit),
  audit: (db, { auditDays }, limit) =>
    auditDays === 0 ? NOTHING : pruneAudit(db, auditDays * DAY_MS, limit),
  usage: (db, { usageDays }, limit) =>
    usageDays === 0 ? NOTHING : pruneUsage(db, usageDays * DAY_MS, limit),
} as const satisfies Record<string, Prune>

export type PrunedKind = keyof typeof PRUNERS

export const PRUNED_KINDS = Object.keys(PRUNERS) as readonly PrunedKind[]
