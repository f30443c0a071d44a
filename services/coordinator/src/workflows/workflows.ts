import type { ServiceRuntime } from '@alkdev/service'
import { wakeWorkflowRun } from '@alkdev/storage/workflows'
import type { Approvals } from '../approvals/approvals.ts'
import type { CallQueue } from '../queue/queue.ts'
import { requireAnswerer } from './check-asked.ts'
import { RunWaiters } from './run-waiters.ts'
import { createRunWorker } from './run-worker.ts'
import type { RunWorker } from './run-worker.ts'
import { RUN_SUBJECT } from './start-steps.ts'
import { createWorkflowEvents } from './workflow-events.ts'
import type { WorkflowEvents } from './workflow-events.ts'

/** The runs of workflows of this process: it works on them, and waits for what happens in them. */
export class Workflows {
  readonly waiters = new RunWaiters()
  readonly events: WorkflowEvents
  readonly #worker: RunWorker

  constructor(runtime: ServiceRuntime<'coordinator'>, queue: CallQueue, approvals: Approvals) {
    this.events = createWorkflowEvents(runtime)
    const worker = createRunWorker({
      runtime,
      events: this.events,
      onWritten: (runId) => this.waiters.onWritten(runId),
      onQueued: () => queue.wake(),
      onAsked: (approval) => approvals.announce(approval, 'asked'),
      onWithdrawn: (approval) => approvals.announce(approval, 'withdrawn'),
    })
    this.#worker = worker
    queue.onCallEnded(({ metadata: { workflowRunId } }) => {
      if (typeof workflowRunId === 'string') worker.wake(workflowRunId)
    })
    approvals.onEnd(RUN_SUBJECT, async (tx, { subjectId, answeredBy }) => {
      if (answeredBy !== null) await requireAnswerer(tx, subjectId, answeredBy)
      await wakeWorkflowRun(tx, subjectId)
      return () => worker.wake(subjectId)
    })
    runtime.onReady('runs of workflows', () => worker.start())
    runtime.onDrain('runs of workflows', (signal) =>
      worker.drain(signal, runtime.config.http.drainBudgetMs),
    )
  }

  /** Something has happened to a run that a commit has made known. Other processes find it by their sweeps. */
  wake(runId: string): void {
    this.#worker.wake(runId)
  }
}
