import type { NewRunEvent } from '@alkdev/storage/workflows'
import type { LoadedRun } from './loaded-run.ts'

/**
 * What a branch takes over from a run: the completed calls of all steps that do not depend on the step from which it differs. So no effect is repeated that
 * has nothing to do with the change.
 */
export function reusedEvents(
  { state: { root }, events }: LoadedRun,
  step: string,
): { readonly reused: readonly string[]; readonly events: readonly NewRunEvent[] } {
  const after = root.stepsAfter(step)
  const reused = root
    .nodes()
    .filter((key) => key !== step && !after.has(key) && root.getStatus(key) === 'completed')
  const calls = new Set(reused.map((key) => root.nodeKeyToRequestId.get(key)))
  const taken = events.filter(({ type, data }) => {
    if (type !== 'call.requested' && type !== 'call.responded') return false
    const { requestId } = JSON.parse(data) as { requestId: string }
    return calls.has(requestId)
  })
  return {
    reused,
    events: taken.map(({ type, nodeKey, data }) => ({
      type,
      nodeKey,
      data: JSON.stringify({ ...(JSON.parse(data) as object), reused: true }),
    })),
  }
}
