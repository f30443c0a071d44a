import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject, Options, ValidateFunction } from 'ajv'
import { ajvOptions, withOurKeywords } from './ajv-options.ts'
import { CallError } from '../calls/call-error.ts'
import { limited } from './complexity-limit.ts'
import { refuseEndlessReferences } from './schema-cycles.ts'
import { schemaError } from './schema-limits.ts'
import type { PreparedSchema } from './schema-prepare.ts'
import { failuresOf } from './validation-failure.ts'

interface Compiler {
  compile(schema: boolean | Record<string, unknown>): ValidateFunction
  validateSchema(schema: boolean | Record<string, unknown>): unknown
  readonly errors?: ErrorObject[] | null | undefined
}

/**
 * A compiler for one schema: equal names in two schemas do not conflict, and the memory of a schema is freed with its compiler
 * (a compiler keeps everything that it has compiled). Creating one is cheap without the meta-schemas.
 */
function compilerFor(schema: PreparedSchema, allErrors: boolean): Compiler {
  const options: Options = {
    ...ajvOptions({ allErrors, inherited: schema.inherited, large: schema.large }),
    meta: [...schema.references.keys()].some((reference) => reference.includes('json-schema.org/')),
  }
  return withOurKeywords(
    schema.dialect === 'draft-07' ? new Ajv(options) : new Ajv2020(options),
    schema.dialect,
  )
}

/** One for each dialect; they compile nothing but the two meta-schemas. */
const metaSchemas = new Map<string, Compiler>()

function checkAgainstMetaSchema(schema: PreparedSchema): void {
  let meta = metaSchemas.get(schema.dialect)
  if (meta === undefined) {
    const options = ajvOptions({ allErrors: true, inherited: false, meta: true })
    meta = schema.dialect === 'draft-07' ? new Ajv(options) : new Ajv2020(options)
    metaSchemas.set(schema.dialect, meta)
  }
  if (meta.validateSchema(schema.schema) === true) return
  const failures = failuresOf(meta.errors)
  throw new CallError(
    'VALIDATION_ERROR',
    `The schema is not valid JSON Schema ${schema.dialect}: ${failures
      .slice(0, 5)
      .map((failure) => `${failure.path === '' ? 'it' : failure.path} ${failure.message}`)
      .join('; ')}`,
    { errors: failures },
  )
}

/** Throws CallError VALIDATION_ERROR with the faults of the schema. */
export function compilePrepared(schema: PreparedSchema, allErrors: boolean): ValidateFunction {
  if (!allErrors) {
    checkAgainstMetaSchema(schema)
    if (schema.refers) refuseEndlessReferences(schema.schema)
  }
  try {
    const validate = compilerFor(schema, allErrors).compile(schema.schema)
    // The engine compiles the function at its first use; this detects one that is nested too deep for it.
    limited(() => validate(undefined))
    return validate
  } catch (error) {
    throw compileError(schema, error)
  }
}

const TOO_WIDE = 'has too many or too deep parts to be compiled'

function compileError(schema: PreparedSchema, error: unknown): CallError {
  if (!(error instanceof Error)) return schemaError('', 'cannot be compiled', error)
  if (error instanceof CallError && error.cause instanceof RangeError)
    return schemaError('', TOO_WIDE, error.cause)
  const missing = (error as { missingRef?: unknown }).missingRef
  if (typeof missing === 'string') {
    const [reference, path] = [...schema.references].find(([text]) =>
      missing.endsWith(text.replace(/#$/, '')),
    ) ?? [missing, '']
    return schemaError(
      path,
      `the reference ${JSON.stringify(reference.slice(0, 200))} leads outside the schema or to nothing; nothing is fetched`,
      error,
    )
  }
  if (error instanceof SyntaxError) return schemaError('', error.message, error)
  if (error instanceof RangeError) return schemaError('', TOO_WIDE, error)
  return schemaError('', error.message.slice(0, 300), error)
}
