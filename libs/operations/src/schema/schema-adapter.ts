import type { TSchema } from '@alkdev/typebox'
import { assertIsSchema } from './validation.ts'

/** Turns the schemas of another library into JSON Schema when an operation is registered. */
export interface SchemaAdapter {
  toTypeBox(schema: unknown): TSchema
  /** Loads the library of the adapter; call it before the first `toTypeBox`. */
  init?(): Promise<void>
}

/** Returns TypeBox and JSON Schemas unchanged. Throws CallError VALIDATION_ERROR for anything else. */
export const defaultAdapter: SchemaAdapter = {
  toTypeBox(schema) {
    assertIsSchema(schema)
    return schema as TSchema
  },
}
