import { PROTOCOL_VERSION } from '@alkdev/contracts/wire'
import { SpokeHello } from '@alkdev/contracts'
import { checkOperation } from '@alkdev/contracts/check-operation'
import { compileSchema, validationError } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import type { ValidationFailure } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { SpokeOperation } from './define.ts'
import type { SpokeOptions } from './options.ts'

type Facts = Pick<
  SpokeOptions,
  'name' | 'spokeType' | 'projectId' | 'version' | 'hostInfo' | 'capacity'
>

/** The other members of a registration. */
export interface Returning {
  readonly sessionToken?: string
  readonly resume?: { readonly inFlight: string[]; readonly answered: string[] }
}

/** The input of `hub.register`. */
export function helloOf(
  facts: Facts,
  operations: readonly SpokeOperation[],
  returning: Returning = {},
): object {
  const { name, spokeType, projectId, version, hostInfo, capacity } = facts
  return {
    protocol: PROTOCOL_VERSION,
    name,
    spokeType: spokeType ?? 'client',
    ...compact({ projectId, version, hostInfo, capacity }),
    operations: operations.map(wireSpec),
    ...compact({ sessionToken: returning.sessionToken, resume: returning.resume }),
  }
}

/**
 * Checks the options of an author with the rules of the hub, so that a mistake is an exception at its line and not a later refusal.
 * `known`: faults found before. Throws VALIDATION_ERROR whose message and `details.errors` name all faults.
 */
export function checkHello(
  facts: Facts,
  operations: readonly SpokeOperation[],
  known: readonly ValidationFailure[] = [],
): void {
  const failures = [...known, ...helloFailures(facts, operations)]
  if (failures.length > 0) throw validationError('The spoke', failures)
}

function helloFailures(facts: Facts, operations: readonly SpokeOperation[]): ValidationFailure[] {
  const failures: ValidationFailure[] = []
  const isList = Array.isArray(operations)
  if (!isList) failures.push({ path: '/operations', message: 'must be a list' })
  const seen = new Set<string>()
  const bare = (isList ? operations : []).map((operation: unknown, index) => {
    const path = `/operations/${index}`
    if (typeof operation !== 'object' || operation === null) {
      failures.push({ path, message: 'must be an operation' })
      return {}
    }
    const candidate = operation as SpokeOperation
    if (typeof candidate.handler !== 'function')
      failures.push({ path: `${path}/handler`, message: 'must be a function' })
    failures.push(...checkOperation(wireSpec(candidate), path, seen))
    return { ...wireSpec(candidate), inputSchema: true, outputSchema: true }
  })
  const hello = { ...helloOf(facts, []), operations: bare }
  const validator = compileSchema(SpokeHello)
  const known = new Set(failures.map(({ path }) => path))
  for (const failure of validator.errors(JSON.parse(JSON.stringify(hello))))
    if (!known.has(failure.path)) failures.push(failure)
  return failures
}

/** The operation without its handler. */
function wireSpec(operation: SpokeOperation): OperationSpec {
  const { handler: _handler, ...spec } = operation
  return spec
}
