import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import type { RequestFrame } from '../wire/frames.ts'
import type { ActiveRuns } from './active-runs.ts'
import type { AttemptLog, AttemptRecord } from './attempt-log.ts'

export interface AdmissionState {
  readonly leases: Leases
  readonly limits: BusLimits
  readonly active: ActiveRuns
  readonly log: AttemptLog
}

/** Code and message when this instance can't take the attempt; undefined when it can. */
export function refusalOf(
  { leases, limits, active, log }: AdmissionState,
  { target }: RequestFrame,
  { viaFormer, bytes }: { readonly viaFormer: boolean; readonly bytes: number },
): readonly [code: string, message: string] | undefined {
  if (viaFormer || !leases.sure) {
    return ['PROVIDER_UNAVAILABLE', 'This instance has changed its id.']
  }
  if (leases.draining && target.kind === 'service') {
    return ['PROVIDER_UNAVAILABLE', 'This instance is draining.']
  }
  const full = fullOf({ limits, active, log }, bytes)
  return full === undefined
    ? undefined
    : ['OVERLOADED', `The instance that runs it is full: ${full}.`]
}

/** Which limit of this instance is reached, with its number; undefined when none is. */
function fullOf(
  { limits, active, log }: Pick<AdmissionState, 'limits' | 'active' | 'log'>,
  bytes: number,
): string | undefined {
  if (active.size >= limits.maxProvided)
    return `it runs ${active.size} calls, ${limits.maxProvided} at most`
  if (active.bytes + bytes > limits.maxProvidedBytes)
    return `the inputs of its calls take ${active.bytes} bytes, ${limits.maxProvidedBytes} at most`
  return log.nearCapacity
    ? `it remembers ${log.size} attempts, ${limits.maxRemembered} at most`
    : undefined
}

/** The request of a known attempt continues it, because its spoke has attached here again, whether its loss was noticed or not. */
export function goesOn({ resume, target }: RequestFrame, known: AttemptRecord): boolean {
  if (resume === undefined || target.kind !== 'spoke') return false
  const before = known.run?.call.target
  const older = before?.kind === 'spoke' && before.epoch < target.epoch
  return known.answer?.frame.type === 'lost' || (older && known.run?.ended !== true)
}
