import { Secret } from '@alkdev/crypto'
import { nearest } from '@alkdev/std'
import type { TSchema } from '@alkdev/typebox'
import { Value, ValueErrorType } from '@alkdev/typebox/value'
import type { ValueError } from '@alkdev/typebox/value'
import { memberSchema } from './config-path.ts'
import { expectation, kindOf } from './expectation.ts'
import { dotted, pointerNames } from './failure.ts'
import type { ConfigFailure } from './failure.ts'

/** At most this number of failures is listed: more of them mean that it is the wrong file. */
const MAX_FAILURES = 100

function describe(error: ValueError): string {
  if (error.type === ValueErrorType.ObjectAdditionalProperties) {
    const { properties, patternProperties } = error.schema as {
      properties?: object
      patternProperties?: object
    }
    if (properties !== undefined) return unknownSetting(error.path, Object.keys(properties))
    return `is no valid name; names match ${Object.keys(patternProperties ?? {}).join(' or ')}`
  }
  const wanted = expectation(error.schema)
  if (error.value === undefined) return `is missing; expected ${wanted}`
  const found = kindOf(error.value)
  return wanted.startsWith(found) ? `expected ${wanted}` : `expected ${wanted}, found ${found}`
}

/** `path`: the JSON Pointer of what is there and is no setting. */
function unknownSetting(path: string, known: readonly string[]): string {
  if (known.length === 0) return 'is no setting; there are none here yet'
  const [similar] = nearest(pointerNames(path).at(-1) ?? '', known)
  if (similar !== undefined) return `is no setting; did you mean ${similar}?`
  return `is no setting; known here: ${known.join(', ')}`
}

/** `value` with defaults filled in, and every way in which it does not fit `schema`. `at` is the path of the value in the file. */
export function validate(
  schema: TSchema,
  value: unknown,
  at: readonly string[],
): { readonly value: unknown; readonly failures: readonly ConfigFailure[] } {
  const filled: unknown = Value.Default(schema, value)
  const failures = new Map<string, ConfigFailure>()
  for (const error of Value.Errors(schema, filled)) {
    const path = dotted([...at, ...pointerNames(error.path)])
    // A missing member is reported twice, as missing and as undefined.
    if (!failures.has(path)) failures.set(path, { path, expected: describe(error) })
    if (failures.size >= MAX_FAILURES) break
  }
  return { value: filled, failures: [...failures.values()] }
}

/** A copy of a valid value in which the texts that its schema calls secret are `Secret`s. */
export function wrapSecrets(schema: TSchema, value: unknown): unknown {
  if (schema['secret'] === true) return new Secret(String(value))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const members = Object.entries(value).map(([name, member]) => {
    const inner = memberSchema(schema, name)
    return [name, inner === undefined ? member : wrapSecrets(inner, member)]
  })
  return Object.fromEntries(members) as unknown
}
