import { createHash } from 'node:crypto'
import { schemaFit } from '@alkdev/operations/schema-compatibility'
import type { SchemaFit } from '@alkdev/operations/schema-compatibility'
import type { OperationSpec } from '@alkdev/operations'
import { canonicalJson } from '@alkdev/std'

/** Maximum comparison steps; beyond it two schemas count as not proven compatible, since a call waits for the result. */
const MAX_STEPS = 5000
/** Pairs of shapes whose result is cached. The oldest is evicted first. */
const MAX_KNOWN_PAIRS = 5000

const shapes = new WeakMap<OperationSpec, string>()
const known = new Map<string, string | undefined>()

/**
 * Why an operation can't be a member of a pool; undefined when it can: same type, same major version, accepts every input
 * that the pool contract accepts, and returns only what the contract allows.
 */
export function poolMisfit(spec: OperationSpec, poolContract: OperationSpec): string | undefined {
  if (poolContract.type !== spec.type)
    return `The pool offers a ${poolContract.type}, this is a ${spec.type}.`
  if (major(poolContract.version) !== major(spec.version))
    return `The pool is at version ${poolContract.version}, this is ${spec.version}.`
  const shape = shapeOf(spec)
  const wanted = shapeOf(poolContract)
  if (shape === wanted) return undefined
  const pair = `${shape}\n${wanted}`
  if (known.has(pair)) return known.get(pair)
  const misfit = schemaMisfit(spec, poolContract)
  if (known.size >= MAX_KNOWN_PAIRS) {
    for (const oldest of known.keys()) {
      known.delete(oldest)
      break
    }
  }
  known.set(pair, misfit)
  return misfit
}

function schemaMisfit(spec: OperationSpec, poolContract: OperationSpec): string | undefined {
  const limits = { maxSteps: MAX_STEPS, maxMismatches: 1 }
  const input = schemaFit(poolContract.inputSchema, spec.inputSchema, limits)
  if (!input.compatible) return `It does not take every input of the pool: ${why(input)}`
  const output = schemaFit(spec.outputSchema, poolContract.outputSchema, limits)
  if (!output.compatible)
    return `It may return what the pool contract does not allow: ${why(output)}`
  return undefined
}

function shapeOf(spec: OperationSpec): string {
  let shape = shapes.get(spec)
  if (shape === undefined) {
    const text = canonicalJson([spec.inputSchema, spec.outputSchema])
    shape = createHash('sha256').update(text).digest('base64url')
    shapes.set(spec, shape)
  }
  return shape
}

function major(version: string): string {
  return version.split('.', 1)[0] ?? version
}

function why(fit: SchemaFit): string {
  const [first] = fit.mismatches
  if (first === undefined) return 'the schemas differ.'
  return `at ${first.path || '/'} it needs ${first.expected} and may get ${first.actual}.`
}
