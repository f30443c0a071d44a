import type { TSchema } from '@alkdev/typebox'
import { CallError } from '../../calls/call-error.ts'
import { FromSchema } from '../../schema/from-schema.ts'
import type { SchemaAdapter } from '../../schema/schema-adapter.ts'
import { defaultAdapter } from '../../schema/schema-adapter.ts'
import { isPlainObject } from '../../schema/schema-limits.ts'
import type { JsonSchema } from '../../registry/types.ts'

/** An adapter that has to load its library first. */
export interface LibraryAdapter extends SchemaAdapter {
  /** Loads the library; a second call does nothing. Rejects with CallError EXECUTION_ERROR when it is not installed. */
  init(): Promise<void>
}

export interface LibraryAdapterOptions {
  /**
   * What becomes of rules that JSON Schema has no words for (a refinement, a custom check): `refuse` (the default) throws, because the
   * operation would accept what the schema refuses; `ignore` leaves them out, for schemas whose handler parses its input once more.
   */
  readonly inexpressible?: 'refuse' | 'ignore'
}

/** The vendor of a Standard Schema, or undefined for any other value. */
export function vendorOf(schema: unknown): string | undefined {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null)
    return undefined
  const standard = (schema as { '~standard'?: unknown })['~standard']
  if (typeof standard !== 'object' || standard === null) return undefined
  const { vendor } = standard as { vendor?: unknown }
  return typeof vendor === 'string' ? vendor : undefined
}

export type Convert = (schema: object) => unknown

/** An adapter for the schemas of one vendor; TypeBox and JSON Schema are taken as they are, also before `init`. */
export class VendorAdapter implements LibraryAdapter {
  readonly #library: string
  readonly #load: () => Promise<Convert>
  #convert: Convert | undefined
  #loading: Promise<Convert> | undefined

  constructor(library: string, load: () => Promise<Convert>) {
    this.#library = library
    this.#load = load
  }

  async init(): Promise<void> {
    this.#loading ??= this.#load()
    try {
      this.#convert = await this.#loading
    } catch (error) {
      this.#loading = undefined
      throw new CallError(
        'EXECUTION_ERROR',
        `The adapter for ${this.#library} can't load it: is it installed?`,
        undefined,
        { cause: error },
      )
    }
  }

  toTypeBox(schema: unknown): TSchema {
    const vendor = vendorOf(schema)
    if (vendor === undefined) return plainSchema(schema, this.#library)
    if (vendor !== this.#library)
      throw refused(`is a schema of ${vendor.slice(0, 64)}, this adapter is for ${this.#library}`)
    if (this.#convert === undefined)
      throw refused(`is a schema of ${vendor}, whose adapter is not ready: await its init() first`)
    return converted(() => this.#convert?.(schema as object), vendor)
  }
}

/** The schema of a library as TypeBox. */
export function converted(convert: () => unknown, vendor: string): TSchema {
  let made: unknown
  try {
    made = convert()
  } catch (error) {
    if (error instanceof CallError) throw error
    throw refused(
      `of ${vendor} can't be said in JSON Schema: ${error instanceof Error ? error.message.slice(0, 300) : 'unknown reason'}`,
      error,
    )
  }
  return FromSchema(made as JsonSchema)
}

export function plainSchema(schema: unknown, libraries: string): TSchema {
  if (typeof schema !== 'boolean' && !isPlainObject(schema))
    throw refused(`is a schema of neither ${libraries}, TypeBox nor JSON Schema`)
  return defaultAdapter.toTypeBox(schema)
}

export function refused(message: string, cause?: unknown): CallError {
  return new CallError(
    'VALIDATION_ERROR',
    `The schema ${message}.`,
    { errors: [{ path: '', message }] },
    cause === undefined ? {} : { cause },
  )
}
