import type { CallsAwaitInput } from '@alkdev/contracts'
import { PARK_META } from '@alkdev/contracts/agents'
import type { CoordAwaitInput, CoordSleepInput } from '@alkdev/contracts/agents'
import { CallError, enforceAccess } from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'
import type { Db } from '@alkdev/storage'
import { awaitCall, awaitSessions, inTurn } from '@alkdev/storage/sessions'
import type { OpenToolCall, SessionClaim, ToolCallEnd } from '@alkdev/storage/sessions'
import { lookAtAwait } from './park-await.ts'
import { lookAtCall, lookAtSleep } from './park-call.ts'
import { endOf, outputOf } from './tool-call-end.ts'

/** Codes that say why there is nothing to wait for. */
const REFUSALS: ReadonlySet<string> = new Set([
  'ACCESS_DENIED',
  'SESSION_NOT_FOUND',
  'CALL_NOT_FOUND',
])

export interface ParkOptions {
  readonly runtime: Pick<ServiceRuntime<'coordinator'>, 'db' | 'config'>
  readonly claim: SessionClaim
  readonly onWritten: () => void
}

/** What a call that is never dispatched has come to: its answer, or what stores that it waits, in a transaction of the turn. */
type Parked =
  | { readonly kind: 'over'; readonly output: unknown }
  | { readonly kind: 'waiting'; readonly hold: (tx: Db) => Promise<void> }

/** Lets the turn wait without its claim for what the call asks; the call is never dispatched. Gives its end when there is nothing to wait for. */
export async function parkToolCall(
  { runtime, claim, onWritten }: ParkOptions,
  call: OpenToolCall,
  spec: OperationSpec,
  input: unknown,
  identity: Identity,
): Promise<ToolCallEnd | 'waiting' | 'left'> {
  let parked: Parked
  try {
    enforceAccess(spec.accessControl, identity, call.operationName ?? '', input)
    parked = await look(runtime, call, spec, input, identity)
  } catch (error) {
    const failure = CallError.from(error)
    if (!REFUSALS.has(failure.code)) throw error
    return endOf(call, failure, false)
  }
  if (parked.kind === 'over') return { status: 'done', output: outputOf(parked.output) }
  const { hold } = parked
  const stored = await inTurn(runtime.db, claim, (tx) => hold(tx))
  if (stored.kind === 'lost') return 'left'
  onWritten()
  return 'waiting'
}

async function look(
  runtime: ParkOptions['runtime'],
  call: OpenToolCall,
  spec: OperationSpec,
  input: unknown,
  identity: Identity,
): Promise<Parked> {
  if (spec._meta?.[PARK_META] === 'child') {
    const seen = await lookAtAwait(runtime.db, call, input as CoordAwaitInput)
    if (seen.kind === 'over') return seen
    return { kind: 'waiting', hold: (tx) => awaitSessions(tx, call, seen.awaited) }
  }
  const seen =
    spec._meta?.[PARK_META] === 'timer'
      ? await lookAtSleep(runtime.db, call, input as CoordSleepInput)
      : await lookAtCall(runtime, call, input as CallsAwaitInput, identity)
  if (seen.kind === 'over') return seen
  return { kind: 'waiting', hold: (tx) => awaitCall(tx, call, seen.awaited) }
}
