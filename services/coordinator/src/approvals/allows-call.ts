import type { ServiceRuntime } from '@alkdev/service'
import { callHash, checkAccess, rulesDecision } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { ApprovalRow } from '@alkdev/storage'

type Bus = Pick<ServiceRuntime['bus'], 'lookUp'>

/** An exact call. */
export interface ExactCall {
  readonly operationId: string
  readonly input: unknown
}

/** True when a session could make this call itself without asking: it has the rights, and its own rules allow it. */
export async function allowsCall(
  bus: Bus,
  identity: Identity,
  { operationId, input }: ExactCall,
): Promise<boolean> {
  const { rules } = identity
  // The rules were not looked up.
  if (rules === undefined) return false
  const entry = await bus.lookUp(operationId, identity)
  if (entry === undefined || !checkAccess(entry.spec.accessControl, identity, input)) return false
  return rulesDecision(rules, entry.spec, operationId, input) === 'allow'
}

/** The same for the call that an approval is about; true for an approval that is about none. */
export async function allowsCallOf(
  bus: Bus,
  identity: Identity,
  { operationName, inputHash, details }: ApprovalRow,
): Promise<boolean> {
  if (operationName === null) return true
  const { input } = JSON.parse(details ?? '{}') as { input?: unknown }
  if (callHash(operationName, input) !== inputHash) return false
  return allowsCall(bus, identity, { operationId: operationName, input })
}
