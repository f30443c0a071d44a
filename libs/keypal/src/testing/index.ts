import type { ConformanceCase } from './harness.ts'
import { logCases, logDeletionCases } from './log-cases.ts'
import { recordCases } from './record-cases.ts'

export type { ConformanceCase, StoreHarness } from './harness.ts'

/**
 * What every store of keys must do, as cases to be registered with the test runner in use. Each needs a harness of its own; the store
 * itself may be shared, as no case looks at keys of other owners. `logs` says what the store offers for audit logs.
 */
export function storageConformance(
  logs: 'deletable' | 'append-only' | 'none',
): readonly ConformanceCase[] {
  if (logs === 'none') return recordCases
  return logs === 'append-only'
    ? [...recordCases, ...logCases]
    : [...recordCases, ...logCases, ...logDeletionCases]
}
