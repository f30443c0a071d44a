import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import type { SchemaAdapter } from '../../schema/schema-adapter.ts'
import { converted, plainSchema, refused, vendorOf } from './library-adapter.ts'

/**
 * For the schemas of any library that implements Standard JSON Schema (`~standard.jsonSchema`; Zod 4.2, ArkType 2.1.28 and others do), several libraries at once. Loads nothing.
 * It takes what the library says: whether refinements are left out silently is the library's choice; `zodAdapter` refuses them.
 * `toTypeBox` throws CallError VALIDATION_ERROR for a Standard Schema that can only validate, because an operation's schema must be readable by others.
 */
export const standardSchemaAdapter: SchemaAdapter = {
  toTypeBox(schema) {
    const vendor = vendorOf(schema)
    if (vendor === undefined) return plainSchema(schema, 'a library with Standard JSON Schema')
    const standard = (schema as StandardJSONSchemaV1)['~standard']
    const converter = (standard as { jsonSchema?: StandardJSONSchemaV1.Converter }).jsonSchema
    if (typeof converter?.input !== 'function')
      throw refused(
        `of ${vendor.slice(0, 64)} can validate but not say what it accepts (no ~standard.jsonSchema)`,
      )
    return converted(() => converter.input({ target: 'draft-2020-12' }), vendor.slice(0, 64))
  },
}
