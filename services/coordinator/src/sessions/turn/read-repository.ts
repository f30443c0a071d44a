import type { SpokeAttachment } from '@alkdev/bus'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { BoundPlace } from './bound-place.ts'

const PATIENCE_MS = 15_000

/** The repository that a spoke serves; null: its folder is none. Undefined: it does not say, or the principal may not read it. */
export type Served = { readonly id: string | null; readonly commonDirId: string } | null | undefined

/** Which caller reads, and the only attachment of the spoke that may answer. */
export interface SpokeReader {
  readonly principal: Identity
  readonly attachment: SpokeAttachment
}

/** Throws the error of a call that the spoke did not answer, and EXECUTION_ERROR when git failed there. */
export async function readRepository(
  { bus }: Pick<ServiceRuntime, 'bus'>,
  { prefix }: Pick<BoundPlace, 'prefix'>,
  { principal, attachment }: SpokeReader,
): Promise<Served> {
  const operationId = `${prefix}.git.repository`
  if (bus.directory.get(operationId, principal) === undefined) return undefined
  try {
    const options = { principal, timeoutMs: PATIENCE_MS, attachment }
    const { envelope } = await bus.call(operationId, {}, options)
    return envelope.data as NonNullable<Served>
  } catch (thrown) {
    const { details } = CallError.from(thrown)
    // A git that failed says nothing of the folder.
    if ((details as { reason?: unknown } | undefined)?.reason === 'no-repository') return null
    throw thrown
  }
}

/** Whether it is neither the same git folder nor a clone of its repository. What is not known counts as the same. */
export function isAnother(served: Served, expected: Served): boolean {
  if (served === undefined || expected === undefined) return false
  if (served === null || expected === null) return served !== expected
  const { id, commonDirId } = served
  return commonDirId !== expected.commonDirId && (id === null || id !== expected.id)
}
