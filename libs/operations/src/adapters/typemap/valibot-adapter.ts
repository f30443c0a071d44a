import type { JsonSchema as ValibotJsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { VendorAdapter } from './library-adapter.ts'
import type { Convert, LibraryAdapter, LibraryAdapterOptions } from './library-adapter.ts'

/**
 * For schemas of Valibot (`@valibot/to-json-schema` does the work and must be installed beside it): await `init()`, then give it to `new OperationRegistry({ schemaAdapter })`.
 * What counts is what goes in: defaults and transforms are not applied. `toTypeBox` throws CallError VALIDATION_ERROR for a schema of another library and for
 * what JSON Schema can't say (dates, transforms, custom checks; see `inexpressible`).
 */
export function valibotAdapter(options: LibraryAdapterOptions = {}): LibraryAdapter {
  return new VendorAdapter('valibot', async (): Promise<Convert> => {
    const { toJsonSchema } = await import('@valibot/to-json-schema')
    return (schema): ValibotJsonSchema =>
      toJsonSchema(schema as GenericSchema, {
        typeMode: 'input',
        target: 'draft-2020-12',
        errorMode: options.inexpressible === 'ignore' ? 'ignore' : 'throw',
      })
  })
}
