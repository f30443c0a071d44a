import type { Static } from '@alkdev/typebox'
import { count, section } from '../field.ts'

export const WorkflowsConfig = section('Runs of workflows.', {
  concurrency: count(
    32,
    'Runs that one coordinator works on at a time. Runs that wait do not count.',
    1,
    10_000,
  ),
  maxPerAccount: count(
    64,
    'Runs of one account that are worked on at a time in the deployment.',
    1,
    100_000,
  ),
  maxCallsPerRun: count(32, 'Calls of the steps of one run that are made at a time.', 1, 1000),
})
export type WorkflowsConfig = Static<typeof WorkflowsConfig>
