import { sha256Hex } from '@alkdev/crypto'
import type { IOperationDefinition, OperationSpec } from '@alkdev/operations'
import { canonicalJson } from '@alkdev/std'
import type { OfferedOperation } from '@alkdev/storage'
import { MAX_DEFINITIONS_BYTES, MAX_OPERATIONS, MAX_SCHEMA_BYTES } from './limits.ts'
import { namePattern } from './name-pattern.ts'
import type { OutsideSettings } from './settings.ts'

/** A tool or path that does not become an operation. */
export interface Refused {
  readonly name: string
  readonly reason: string
}

export interface TakenOperations {
  readonly operations: readonly OfferedOperation[]
  /** By `namespace.name`, as calls name them. */
  readonly definitions: ReadonlyMap<string, IOperationDefinition>
  readonly refused: readonly Refused[]
}

/**
 * The operations of a service from its tools or paths: filtered by the settings, with the access control of the settings, and within the
 * limits of size and number. What is left out for its size is in `refused`; what the settings exclude is not.
 */
export function takeOperations(
  offered: readonly IOperationDefinition[],
  settings: Pick<OutsideSettings, 'name' | 'scopes' | 'include' | 'exclude'>,
): TakenOperations {
  const included = settings.include?.map((pattern) => namePattern(pattern))
  const excluded = settings.exclude.map((pattern) => namePattern(pattern))
  const operations: OfferedOperation[] = []
  const definitions = new Map<string, IOperationDefinition>()
  const refused: Refused[] = []
  let bytes = 0
  for (const definition of offered) {
    const tool = toolNameOf(definition)
    if (included !== undefined && !included.some((fits) => fits(tool))) continue
    if (excluded.some((fits) => fits(tool))) continue
    const spec = specFor(definition, settings)
    const sizes = [spec.inputSchema, spec.outputSchema].map((one) => JSON.stringify(one).length)
    const size = JSON.stringify(spec).length
    const reason =
      Math.max(...sizes) > MAX_SCHEMA_BYTES
        ? `A schema has more than ${MAX_SCHEMA_BYTES} bytes.`
        : operations.length >= MAX_OPERATIONS
          ? `The service offers more than ${MAX_OPERATIONS}.`
          : bytes + size > MAX_DEFINITIONS_BYTES
            ? `All definitions together have more than ${MAX_DEFINITIONS_BYTES} bytes.`
            : undefined
    if (reason !== undefined) {
      refused.push({ name: tool.slice(0, 256), reason })
      continue
    }
    bytes += size
    operations.push({ spec, hash: hashOf(spec) })
    definitions.set(`${spec.namespace}.${spec.name}`, definition)
  }
  return { operations, definitions, refused }
}

/** The name of a tool, or the operation id of a path, at the service. */
export function toolNameOf({ name, _meta }: OperationSpec): string {
  const original = _meta?.['tool'] ?? _meta?.['operationId']
  return typeof original === 'string' ? original : name
}

/** The hash of what a caller, or a model, reads of a definition. */
function hashOf(spec: OperationSpec): string {
  const { title, description, type, inputSchema, outputSchema, hints } = spec
  return sha256Hex(
    canonicalJson([
      toolNameOf(spec),
      title ?? null,
      description,
      type,
      inputSchema,
      outputSchema,
      hints,
    ]),
  )
}

function specFor(
  definition: IOperationDefinition,
  { name, scopes }: Pick<OutsideSettings, 'name' | 'scopes'>,
): OperationSpec {
  const { handler: _, ...offered } = definition
  const { hints = {} } = offered
  const reads = hints.readOnly === true && hints.destructive !== true
  return {
    ...offered,
    // A tool that says that it only reads may be called by those who may only read, and repeated.
    type: offered.type === 'mutation' && reads ? 'query' : offered.type,
    ...(offered.type === 'mutation' &&
      !reads &&
      hints.idempotent === true &&
      hints.destructive !== true && { retry: 'safe' as const }),
    accessControl: { requiredScopes: [...scopes] },
    pool: false,
    _meta: { ...offered._meta, client: name },
  }
}
