import type { WorkflowStep } from '@alkdev/contracts'
import { useMemo } from 'preact/hooks'
import { layOut } from '../plan/layout.ts'
import { PlanGraph } from '../plan/plan-graph.tsx'

/** Steps of a drawn run at most. */
const MAX_DRAWN = 300
/** The states of steps in the colours of those of tasks. */
const LOOKS: Readonly<Record<WorkflowStep['status'], string>> = {
  idle: 'pending',
  waiting: 'blocked',
  ready: 'pending',
  running: 'in-progress',
  completed: 'completed',
  failed: 'failed',
  aborted: 'failed',
  skipped: 'pending',
}

/** The steps of a run as a graph with their states; nothing for a single step, and for very many. */
export function RunGraph({
  runId,
  steps,
}: {
  readonly runId: string
  readonly steps: readonly WorkflowStep[]
}) {
  const edges = useMemo(
    () => steps.flatMap(({ step, after = [] }) => after.map((from) => ({ from, to: step }))),
    [steps],
  )
  const layout = useMemo(
    () =>
      layOut(
        steps.map(({ step, status, operationId = 'map' }) => ({
          slug: step,
          name: operationId,
          status: LOOKS[status],
        })),
        edges,
      ),
    [steps, edges],
  )
  if (steps.length < 2 || steps.length > MAX_DRAWN) return null
  const bySlug = new Map(steps.map((one) => [one.step, one]))
  return (
    <PlanGraph
      layout={{ ...layout, critical: new Set() }}
      edges={edges}
      what="steps"
      hrefOf={(slug) => {
        const callId = bySlug.get(slug)?.callId
        return callId === undefined ? `workflows/${runId}` : `calls/${callId}`
      }}
      noteOf={(slug) => bySlug.get(slug)?.error?.message}
    />
  )
}
