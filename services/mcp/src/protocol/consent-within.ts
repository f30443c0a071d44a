import type { Bus } from '@alkdev/bus'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { callsWithin, isFilledLater } from './calls-within.ts'
import type { InnerCall } from './calls-within.ts'

/** Calls that are looked at for one question. An operation that makes more needs consent whatever they are. */
const MAX_CALLS = 10_000

/** The operations of the hub whose input names what it calls. */
const NAMING: ReadonlySet<string> = new Set([
  'calls.enqueue',
  'calls.enqueueMany',
  'schedules.create',
  'workflows.create',
])

/** The calls of what the hub has stored, by the operation that starts them and its input; undefined for an operation that starts nothing stored. */
export type StartedBy = (call: InnerCall, identity: Identity) => Promise<InnerCall[]> | undefined

export interface ConsentWithinInput {
  readonly bus: Pick<Bus, 'lookUp'>
  readonly startedBy: StartedBy
}

/**
 * The operations that need consent among those that an operation of the hub makes the hub call, now or later: the ones that its input names, those of what
 * it starts (a schedule, a workflow, a recorded call, an approval), and what these make the hub call in turn. `needs`: whether an operation needs it by itself.
 */
export async function consentWithin(
  { bus, startedBy }: ConsentWithinInput,
  outer: InnerCall,
  identity: Identity,
  needs: (spec: OperationSpec) => boolean,
): Promise<readonly string[]> {
  const needing = new Set<string>()
  const known = new Set<string>()
  const rest = [outer]
  for (let call = rest.pop(); call !== undefined; call = rest.pop()) {
    const { operationId, input } = call
    const name = JSON.stringify([operationId, input])
    if (known.has(name)) continue
    known.add(name)
    if (known.size > MAX_CALLS) return [...needing.add(outer.operationId)]
    // oxlint-disable-next-line no-await-in-loop -- in memory
    const entry = await bus.lookUp(operationId, identity)
    if (entry === undefined) continue
    if (call !== outer && needs(entry.spec)) needing.add(operationId)
    if (entry.kind !== 'service' || entry.spec.type !== 'mutation') continue
    const started = startedBy(call, identity)
    const calls = started !== undefined || NAMING.has(operationId)
    if (call !== outer && calls && isFilledLater(input)) needing.add(operationId)
    // oxlint-disable-next-line no-await-in-loop -- one, as a rule
    rest.push(...callsWithin(input), ...((await started) ?? []))
  }
  return [...needing].toSorted()
}
