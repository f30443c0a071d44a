import type { TSchema } from '@alkdev/typebox'
import { assertIsSchema } from './validation.ts'

/** Turns the schemas of another library into JSON Schema when an operation is registered. */
export interface SchemaAdapter {
  toTypeBox(schema: unknown): TSchema
  /** Loads what the adapter needs; call it before the first `toTypeBox`. */
  init?(): Promise<void>
}

/** Takes TypeBox and JSON Schemas as they are. Throws CallError VALIDATION_ERROR for anything else. */
export const defaultAdapter: SchemaAdapter = {
  toTypeBox(schema) {
    assertIsSchema(schema)
    return schema as TSchema
  },
}
