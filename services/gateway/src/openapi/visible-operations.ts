import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Directory, DirectoryEntry } from '@alkdev/bus'
import type { Identity, OperationSpec } from '@alkdev/operations'
import { SLICE_MS } from './write-document.ts'

const PAGE = 200

export interface VisibleOperations {
  readonly entries: readonly DirectoryEntry[]
  /** Equal for the same operations with the same specs. */
  readonly content: string
}

/** A number for each spec, which is the same object as long as nothing changes it. */
const numbers = new WeakMap<OperationSpec, number>()
let last = 0

function numberOf(spec: OperationSpec): number {
  let number = numbers.get(spec)
  if (number === undefined) numbers.set(spec, (number = last += 1))
  return number
}

/** The operations that the identity may see, also those of spokes that are disconnected: a generated client keeps its types. Reads in slices, as `writeDocument`. */
export async function visibleOperations(
  directory: Pick<Directory, 'list'>,
  identity: Identity,
): Promise<VisibleOperations> {
  const hash = createHash('sha256')
  const entries: DirectoryEntry[] = []
  let cursor: string | undefined
  let until = performance.now() + SLICE_MS
  do {
    const page = directory.list(identity, {
      limit: PAGE,
      departed: true,
      ...(cursor !== undefined && { cursor }),
    })
    for (const { operationId, spec } of page.items)
      hash.update(`${operationId} ${numberOf(spec)}\n`)
    entries.push(...page.items)
    cursor = page.nextCursor
    if (performance.now() < until) continue
    await nextTurn()
    until = performance.now() + SLICE_MS
  } while (cursor !== undefined)
  return { entries, content: hash.digest('hex') }
}
