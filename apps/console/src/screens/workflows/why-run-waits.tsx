import type { WorkflowRun } from '@alkdev/contracts'
import { Waiting } from '../../ui/waiting.tsx'

const OPEN_STEPS: ReadonlySet<string> = new Set(['ready', 'running', 'waiting'])
const MAX_STEPS = 5

/** What a run waits for that has not ended: its open steps, each with its call; nothing for one that has ended. */
export function WhyRunWaits({ run }: { readonly run: WorkflowRun }) {
  const { status, steps, runId } = run
  if (status === 'pending')
    return (
      <Waiting>
        For <a href="health">a coordinator</a> to take it.
      </Waiting>
    )
  if (status !== 'running' && status !== 'waiting') return null
  const open = steps.filter(({ status }) => OPEN_STEPS.has(status)).slice(0, MAX_STEPS)
  if (open.length === 0) return <Waiting>For its next step to begin.</Waiting>
  return (
    <Waiting>
      {open.map(({ step, operationId, callId, attempts }, at) => (
        <span key={step}>
          {at > 0 && '; '}
          step <code>{step}</code>{' '}
          {operationId === 'workflows.approval' ? (
            <>
              waits for <a href="attention?kind=approval">an answer</a>
            </>
          ) : operationId === 'workflows.event' ? (
            <>
              waits for{' '}
              <a
                href={`operations/workflows.signal?input=${encodeURIComponent(JSON.stringify({ runId }))}`}
              >
                an event
              </a>
            </>
          ) : callId === undefined ? (
            <>waits for steps before it</>
          ) : (
            <>
              waits for <a href={`calls/${callId}`}>{operationId}</a>
              {attempts > 1 && `, attempt ${attempts}`}
            </>
          )}
        </span>
      ))}
      .
    </Waiting>
  )
}
