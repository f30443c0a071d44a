import type { ServiceConfig } from '@alkdev/config'
import {
  pruneApprovals,
  pruneAudit,
  pruneBudgets,
  pruneCallStats,
  pruneChanges,
  pruneEndedKeys,
  pruneFindings,
  pruneGrants,
  pruneInvitations,
  pruneMerges,
  pruneOperationCalls,
  pruneOperations,
  pruneSchedules,
  pruneSpokes,
  pruneTaskChecks,
  pruneTaskWakeups,
  pruneUsage,
  pruneWorkflowVersions,
  pruneWorkspaces,
  repairEdges,
} from '@alkdev/storage'
import { pruneQueuedCalls, pruneQueueStarts } from '@alkdev/storage/queue'
import { pruneFirings } from '@alkdev/storage/schedules'
import { pruneDeliveries, pruneWebhookSecrets } from '@alkdev/storage/webhooks'
import { pruneWorkflowRuns } from '@alkdev/storage/workflows'
import type { Db } from '@alkdev/storage'
import { pruneSessionEvents, pruneToolOutputs } from '@alkdev/storage/sessions'
import { pruneSessions } from './prune-sessions.ts'
import type { BeforeDelete } from './prune-sessions.ts'

const DAY_MS = 86_400_000
/** Milliseconds after which every process has read a change: each reads them once a second, and a starting process reads everything. */
const CHANGES_KEPT_MS = DAY_MS
/** An edge is deleted when one of its calls is not in the call log after this time. The longest calls end within it. */
const EDGE_GRACE_MS = DAY_MS
/** Milliseconds for which a note that a task became ready is kept after it was taken. */
const WAKEUPS_KEPT_MS = 7 * DAY_MS

export type Retention = ServiceConfig<'coordinator'>['retention']

/** Deletes rows that are kept no longer, `limit` at most, and gives how many. */
type Prune = (
  db: Db,
  retention: Retention,
  limit: number,
  beforeDelete: BeforeDelete,
) => Promise<number>

const NOTHING = Promise.resolve(0)

/** Everything that grows, but the call log, whose days are dropped as a whole. By the name under which it is counted. */
export const PRUNERS = {
  operationCalls: (db, { callDaysOf }, limit) =>
    pruneOperationCalls(
      db,
      Object.entries(callDaysOf).map(([operation, days]) => ({
        operation,
        keepMs: days * DAY_MS,
      })),
      limit,
    ),
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
  workflowVersions: (db, { workflowVersionDays }, limit) =>
    pruneWorkflowVersions(db, workflowVersionDays * DAY_MS, limit),
  sessions: (db, { sessionDays }, limit, beforeDelete) =>
    sessionDays === 0 ? NOTHING : pruneSessions(db, sessionDays * DAY_MS, limit, beforeDelete),
  sessionEvents: (db, { sessionEventDays }, limit) =>
    pruneSessionEvents(db, { olderMs: sessionEventDays * DAY_MS, limit }),
  toolOutputs: (db, { toolOutputDays }, limit) =>
    toolOutputDays === 0
      ? NOTHING
      : pruneToolOutputs(db, { endedMs: toolOutputDays * DAY_MS, limit }),
  taskChecks: (db, { taskCheckDays }, limit) => pruneTaskChecks(db, taskCheckDays * DAY_MS, limit),
  taskWakeups: (db, _retention, limit) => pruneTaskWakeups(db, WAKEUPS_KEPT_MS, limit),
  merges: (db, { mergeDays }, limit) => pruneMerges(db, mergeDays * DAY_MS, limit),
  workspaces: (db, { workspaceDays }, limit) =>
    workspaceDays === 0 ? NOTHING : pruneWorkspaces(db, workspaceDays * DAY_MS, limit),
  schedules: (db, { scheduleDays }, limit) => pruneSchedules(db, scheduleDays * DAY_MS, limit),
  firings: (db, { firingDays }, limit) => pruneFirings(db, firingDays * DAY_MS, limit),
  deliveries: (db, { deliveryDays, deadLetterDays }, limit) =>
    pruneDeliveries(db, {
      endedMs: deliveryDays * DAY_MS,
      deadMs: deadLetterDays * DAY_MS,
      limit,
    }),
  webhookSecrets: (db, _retention, limit) => pruneWebhookSecrets(db, limit),
  spokes: (db, { spokeDays }, limit) =>
    spokeDays === 0 ? NOTHING : pruneSpokes(db, spokeDays * DAY_MS, limit),
  operations: (db, { spokeDays }, limit) =>
    spokeDays === 0 ? NOTHING : pruneOperations(db, spokeDays * DAY_MS, limit),
  invitations: (db, { invitationDays }, limit) =>
    pruneInvitations(db, invitationDays * DAY_MS, limit),
  // After what uses them.
  grants: (db, { grantDays }, limit) => pruneGrants(db, grantDays * DAY_MS, limit),
  keys: (db, { revokedKeyDays }, limit) => pruneEndedKeys(db, revokedKeyDays * DAY_MS, limit),
  audit: (db, { auditDays }, limit) =>
    auditDays === 0 ? NOTHING : pruneAudit(db, auditDays * DAY_MS, limit),
  usage: (db, { usageDays }, limit) =>
    usageDays === 0 ? NOTHING : pruneUsage(db, usageDays * DAY_MS, limit),
  budgets: (db, { usageDays }, limit) =>
    usageDays === 0 ? NOTHING : pruneBudgets(db, usageDays * DAY_MS, limit),
} as const satisfies Record<string, Prune>

export type PrunedKind = keyof typeof PRUNERS

export const PRUNED_KINDS = Object.keys(PRUNERS) as readonly PrunedKind[]
