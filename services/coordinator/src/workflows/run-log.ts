import type { WorkflowEvent } from '@alkdev/flowgraph'
import type { NewRunEvent, StoredRunEvent } from '@alkdev/storage/workflows'
import { INPUT_KEY } from './template-document.ts'

/** How a step is called: by this process, by the queue, or not at all. */
export type StepMode = 'call' | 'queued' | 'wait' | 'input'

/** What the log keeps beside the events of flowgraph. */
export interface CallNotes {
  /** Of `call.requested`. */
  readonly mode?: StepMode
  /** The retry class when it was called. */
  readonly class?: 'safe' | 'keyed' | 'never'
  /** The idempotency key that the provider gets. */
  readonly key?: string
  /** Of `call.error`: whether the call ran, and the milliseconds before the step is called again. */
  readonly ran?: 'no' | 'yes' | 'unknown'
  readonly delayMs?: number
  /** Of `call.responded` and `call.error` taken over from the run that this one branches from. */
  readonly reused?: boolean
}

/** An event of a run: one of flowgraph, with the notes of the log. */
export type RunEvent = WorkflowEvent & CallNotes

/** The event as it is stored: without its time, which the database gives, and without what follows from the template and the run. */
export function storedEvent(event: RunEvent, nodeKey: string | undefined): NewRunEvent {
  const { type, timestamp: _timestamp, ...data } = event
  const left: Record<string, unknown> = { ...data }
  delete left['nodeKey']
  if (type === 'call.requested') delete left['input']
  if (nodeKey === INPUT_KEY) delete left['output']
  return { type, nodeKey: nodeKey ?? null, data: JSON.stringify(left) }
}

/** The event that was stored. `runInput` is what the step `input` gives. */
export function loadedEvent({ type, nodeKey, data }: StoredRunEvent, runInput: unknown): RunEvent {
  const event = { type, ...(JSON.parse(data) as object) } as Record<string, unknown>
  if (nodeKey !== null && (type === 'call.requested' || type === 'map.expanded'))
    event['nodeKey'] = nodeKey
  if (nodeKey === INPUT_KEY && type === 'call.responded') event['output'] = runInput
  return event as unknown as RunEvent
}
