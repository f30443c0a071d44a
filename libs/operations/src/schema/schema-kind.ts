import { Kind, TypeRegistry } from '@alkdev/typebox'
import type { TSchema } from '@alkdev/typebox'
import type { JsonSchema } from '../registry/types.ts'
import { compileSchema } from './validator.ts'

const KIND = '@alkdev/operations/JsonSchema'

/**
 * A TypeBox schema that decides exactly as the JSON Schema does: TypeBox's own `Value.Check` asks our validator. The keywords stay where they
 * were, so that it is still the same JSON Schema when it is printed or compiled.
 */
export function exactSchema(schema: Readonly<Record<string, unknown>>): TSchema {
  if (!TypeRegistry.Has(KIND))
    TypeRegistry.Set<JsonSchema>(
      KIND,
      // TypeBox also checks an absent property, as undefined. That is not a JSON value, and many schemas (`not`) accept it.
      (known, value) => value !== undefined && compileSchema(known).check(value),
    )
  return { ...schema, [Kind]: KIND } as unknown as TSchema
}
