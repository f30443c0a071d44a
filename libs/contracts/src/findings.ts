/** The kinds of findings, each with the type of what it is about. */
export const FINDING_KINDS = {
  /** A schedule was paused by the hub, because its call can no longer be queued. */
  'schedule-paused': 'schedule',
  /** A tool call of a session may have run, and its outcome is lost. */
  'tool-call-unknown': 'session',
  /** A run failed because an operation of its steps is gone or takes other inputs than when the run started. */
  'workflow-operation-changed': 'workflow-run',
  /** A run failed by a step that is a queued call. */
  'workflow-run-failed': 'workflow-run',
  /** A task was given to one session after another, and to no further one. */
  'spawn-storm': 'task',
  /** A session makes the same call with the same result again and again, */
  'repeated-action': 'session',
  /** or with the same error. */
  'repeated-error': 'session',
  /** A turn runs, and nothing happens in it. */
  stall: 'session',
  /** A session works whose parent has ended. */
  orphan: 'session',
  /** A session spawns others too fast, or against a limit. */
  'fan-out': 'session',
  /** A session uses tokens much faster than before, or its budget is about to end. */
  'burn-rate': 'session',
  /** A conversation is made shorter again before anything was done. */
  'compaction-without-progress': 'session',
  /** A session changed files that its task does not name. */
  'outside-touches': 'session',
  /** The worktree of a session is gone, moved, or has another branch. */
  'worktree-problem': 'session',
  /** The branch of a session could not be merged. */
  'merge-refused': 'session',
  /** A session without a parent asks something. */
  'session-asks': 'session',
  /** A check of the state of the hub fails. */
  'failed-health': 'health-check',
  /** PostgreSQL was replaced by a standby or a restored backup: what was committed last may be lost. */
  'postgres-fail-over': 'health-check',
} as const
