import type { ServiceName, SystemInvariant } from '@alkdev/contracts'
import { readInvariants } from '@alkdev/storage/coordination'
import type { Invariants } from '@alkdev/storage/coordination'
import type { Db } from '@alkdev/storage'
import { inTime } from './in-time.ts'

/** What each counts, and the service that keeps it at 0. */
const WORDS: Readonly<Record<keyof Invariants, readonly [counts: string, by: ServiceName]>> = {
  sessionsWithoutLease: [
    'sessions that count as running, and no process has their lease',
    'coordinator',
  ],
  approvalsOverdue: ['approvals that are open after their deadline', 'coordinator'],
  tasksWithoutClaim: ['tasks in progress that no session or account has claimed', 'coordinator'],
  toolCallsOverdue: ['tool calls that run after their deadline', 'coordinator'],
  budgetsOverdrawn: ['open budgets with less than nothing', 'inference-proxy'],
  modelCallsOverdue: ['calls of models whose proxy is gone', 'inference-proxy'],
  queuedCallsOverdue: [
    'queued calls that count as running, and no process goes on with them',
    'coordinator',
  ],
  spawnsLeft: ['sessions whose creation no process goes on with', 'coordinator'],
  abortsLeft: ['aborts that are not acknowledged', 'coordinator'],
  worktreesWithoutRow: ['clean worktrees of spawned sessions that no workspace has', 'coordinator'],
  mergesLeft: ['merges that no process goes on with', 'coordinator'],
}

/** Counts what must not be there for longer than a minute. Never rejects: without an answer in time it is undefined. */
export async function readBroken(db: Db): Promise<readonly SystemInvariant[] | undefined> {
  const found = await inTime('the invariants', readInvariants(db))
  if (found === undefined) return undefined
  return (Object.keys(WORDS) as (keyof Invariants)[]).map((name) => {
    const [counts, keptBy] = WORDS[name]
    return { name, broken: found[name], counts, keptBy }
  })
}
