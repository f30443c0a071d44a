import type { core } from 'zod'
import { VendorAdapter, refused } from './library-adapter.ts'
import type { Convert, LibraryAdapter, LibraryAdapterOptions } from './library-adapter.ts'

/**
 * For schemas of Zod 4 (its own `toJSONSchema` does the work): await `init()`, then give it to `new OperationRegistry({ schemaAdapter })`.
 * What counts is what goes in: a property with a default is optional, and neither defaults nor transforms are applied to the value. Zod is
 * loaded by `init` and not needed before. `toTypeBox` throws CallError VALIDATION_ERROR for a schema of another library, for one that JSON
 * Schema can't say (dates, bigints, transforms), and for refinements (see `inexpressible`).
 */
export function zodAdapter(options: LibraryAdapterOptions = {}): LibraryAdapter {
  return new VendorAdapter('zod', async (): Promise<Convert> => {
    const { toJSONSchema } = await import('zod')
    return (schema) =>
      toJSONSchema(schema as core.$ZodType, {
        target: 'draft-2020-12',
        io: 'input',
        unrepresentable: 'throw',
        override: ({ zodSchema, path }) => {
          if (options.inexpressible !== 'ignore') refuseChecks(zodSchema, path)
        },
      })
  })
}

/** `toJSONSchema` omits custom checks without an error. */
function refuseChecks(schema: core.$ZodType, path: readonly (string | number)[]): void {
  const { checks = [], type } = schema._zod.def as {
    checks?: readonly { readonly _zod: { readonly def: { readonly check: string } } }[]
    type: string
  }
  if (type !== 'custom' && !checks.some((check) => check._zod.def.check === 'custom')) return
  throw refused(
    `of zod has a refinement at ${JSON.stringify(`/${path.join('/')}`)}, which JSON Schema can't say: check it in the handler and use {inexpressible: 'ignore'}`,
  )
}
