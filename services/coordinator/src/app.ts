import type { CoordinatorContext } from './context.ts'
import { startJobs } from './jobs/start-jobs.ts'
import { registerOperations } from './operations/register-operations.ts'

/** Operations and jobs of the coordinator. It has no routes of its own; over HTTP it answers health requests only. */
export function buildApp(context: CoordinatorContext): void {
  registerOperations(context)
  startJobs(context)
}
