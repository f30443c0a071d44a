import type { DirectoryEntry } from '@alkdev/bus'
import { isSchemaCompatible } from '@alkdev/operations/schema-compatibility'
import { eventLoopYielder } from '@alkdev/std/yield-to-event-loop'

/** Steps of one comparison; what needs more counts as not proven. */
const MAX_STEPS = 2000

type Operation = Pick<DirectoryEntry, 'operationId' | 'spec'>

/**
 * The pairs of operations of which every output of the first is a valid input of the second, by their schemas. Schemas that allow anything, and inputs
 * that need no member, are left out: they fit everything and say nothing. At most `limit` pairs; `complete` is false when there are more. Runs
 * in slices of 8 ms, and rejects with the reason of the signal.
 */
export async function fittingOperations(
  operations: readonly Operation[],
  limit: number,
  signal?: AbortSignal,
): Promise<{ readonly pairs: readonly (readonly [string, string])[]; readonly complete: boolean }> {
  const pause = eventLoopYielder(signal)
  const sources = operations.filter(({ spec }) => !isAnything(spec.outputSchema))
  const targets = operations.filter(({ spec }) => needsSomething(spec.inputSchema))
  const pairs: (readonly [string, string])[] = []
  for (const source of sources)
    for (const target of targets) {
      // oxlint-disable-next-line no-await-in-loop -- other work of the process runs in between
      await pause()
      if (source.operationId === target.operationId || !fits(source, target)) continue
      if (pairs.length >= limit) return { pairs, complete: false }
      pairs.push([source.operationId, target.operationId])
    }
  return { pairs, complete: true }
}

function fits({ spec: source }: Operation, { spec: target }: Operation): boolean {
  return isSchemaCompatible(source.outputSchema, target.inputSchema, {
    maxSteps: MAX_STEPS,
  })
}

function isAnything(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return true
  return Object.keys(schema).every((key) => key === 'description' || key === 'title')
}

function needsSomething(schema: unknown): boolean {
  if (isAnything(schema)) return false
  const { type, required } = schema as { readonly type?: unknown; readonly required?: unknown }
  return type === 'object' ? Array.isArray(required) && required.length > 0 : true
}
