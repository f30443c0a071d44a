import { createHash } from 'node:crypto'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject, ValidateFunction } from 'ajv'
import type { JsonSchema } from './types.ts'
import { CallError } from './call-error.ts'
import { ajvOptions, complexityLimit } from './ajv-options.ts'
import { pointerAppend } from './json-pointer.ts'
import { schemaError, schemaText } from './schema-limits.ts'
import { prepareSchema } from './schema-prepare.ts'
import type { PreparedSchema } from './schema-prepare.ts'

/** One place of a value that does not fit its schema. */
export interface ValidationFailure {
  /** JSON Pointer into the value; `''` is the value itself. */
  readonly path: string
  /** What was expected. Never contains the value. */
  readonly message: string
}

/** A compiled schema. */
export interface Validator {
  /** Whether the value fits. Collects nothing. Throws CallError VALIDATION_ERROR if deciding it would take more than a million steps. */
  check(value: unknown): boolean
  /** Every failing path; at most 100, and of values with more than 10,000 members the first one only. Empty when the value fits. */
  errors(value: unknown): ValidationFailure[]
}

/** Schemas remembered by their content; the least recently used one goes first. */
const MAX_REMEMBERED = 4096
const MAX_FAILURES = 100
const MAX_MEMBERS_FOR_ALL = 10_000

const byObject = new WeakMap<object, Validator>()
const byHash = new Map<string, Validator>()

/**
 * Compiles a JSON Schema (2020-12 or draft-07; formats are asserted). The same schema object, or one with equal content, is compiled once.
 * Limits: 64 KiB, 128 levels, no cycles, references inside the schema only, patterns that run in linear time.
 * Throws CallError VALIDATION_ERROR with the place inside the schema. The schema must not be changed afterwards.
 */
export function compileSchema(schema: JsonSchema): Validator {
  const known = typeof schema === 'object' ? byObject.get(schema) : undefined
  if (known !== undefined) return known
  const text = schemaText(schema)
  const hash = sha256(text)
  let validator = byHash.get(hash)
  if (validator === undefined) validator = new CompiledSchema(prepareSchema(JSON.parse(text)))
  else byHash.delete(hash)
  byHash.set(hash, validator)
  if (byHash.size > MAX_REMEMBERED) {
    const oldest = byHash.keys().next()
    if (oldest.done !== true) byHash.delete(oldest.value)
  }
  if (typeof schema === 'object') byObject.set(schema, validator)
  return validator
}

/** SHA-256 of the schema's canonical JSON, as 64 hex digits: equal for equal schemas, whatever the order of their members. */
export function schemaHash(schema: JsonSchema): string {
  return sha256(schemaText(schema))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

class CompiledSchema implements Validator {
  readonly #schema: PreparedSchema
  readonly #fast: ValidateFunction
  #all: ValidateFunction | undefined

  constructor(schema: PreparedSchema) {
    this.#schema = schema
    this.#fast = compile(schema, false)
  }

  check(value: unknown): boolean {
    if (!this.#schema.refers) return this.#fast(value)
    return complexityLimit.run(() => this.#fast(value))
  }

  errors(value: unknown): ValidationFailure[] {
    if (this.check(value)) return []
    if (hasMoreMembers(value, MAX_MEMBERS_FOR_ALL)) return failuresOf(this.#fast.errors)
    this.#all ??= compile(this.#schema, true)
    const all = this.#all
    try {
      return complexityLimit.run(() => failuresOf(all(value) ? [] : all.errors))
    } catch {
      return failuresOf(this.#fast.errors)
    }
  }
}

interface Compiler {
  compile(schema: boolean | Record<string, unknown>): ValidateFunction
  removeSchema(schema: boolean | Record<string, unknown>): unknown
  validateSchema(schema: boolean | Record<string, unknown>): unknown
  readonly errors?: ErrorObject[] | null | undefined
}

const shared = new Map<string, Compiler>()

/** Schemas that declare names get a compiler of their own, so that equal names in two schemas never meet. */
function compilerFor(schema: PreparedSchema, allErrors: boolean): Compiler {
  const alone = schema.named || schema.refers
  const options = {
    ...ajvOptions({ allErrors, inherited: schema.inherited }),
    addUsedSchema: alone,
  }
  const create = (): Compiler =>
    schema.dialect === 'draft-07' ? new Ajv(options) : new Ajv2020(options)
  if (alone) return create()
  const key = `${schema.dialect} ${allErrors} ${schema.inherited}`
  let compiler = shared.get(key)
  if (compiler === undefined) shared.set(key, (compiler = create()))
  return compiler
}

const metaSchemas = new Map<string, Compiler>()

function checkAgainstMetaSchema(schema: PreparedSchema): void {
  let meta = metaSchemas.get(schema.dialect)
  if (meta === undefined) {
    const options = ajvOptions({ allErrors: true, inherited: false })
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

function compile(schema: PreparedSchema, allErrors: boolean): ValidateFunction {
  if (!allErrors) checkAgainstMetaSchema(schema)
  const compiler = compilerFor(schema, allErrors)
  try {
    return compiler.compile(schema.schema)
  } catch (error) {
    throw compileError(schema, error)
  } finally {
    compiler.removeSchema(schema.schema)
  }
}

function compileError(schema: PreparedSchema, error: unknown): CallError {
  if (!(error instanceof Error)) return schemaError('', 'cannot be compiled', error)
  const missing = (error as { missingRef?: unknown }).missingRef
  if (typeof missing === 'string') {
    const [reference, path] = [...schema.references].find(
      ([text]) => missing.endsWith(text) || text === missing,
    ) ?? [missing, '']
    return schemaError(
      path,
      `the reference ${JSON.stringify(reference.slice(0, 200))} leads outside the schema or to nothing; nothing is fetched`,
      error,
    )
  }
  if (error instanceof SyntaxError) return schemaError('', error.message, error)
  if (error instanceof RangeError)
    return schemaError('', 'is nested too deeply to be compiled', error)
  return schemaError('', error.message.slice(0, 300), error)
}

function failuresOf(errors: readonly ErrorObject[] | null | undefined): ValidationFailure[] {
  const failures: ValidationFailure[] = []
  for (const error of errors ?? []) {
    // An "if" or a union that failed is told beside the failures inside it.
    const params = error.params as Record<string, unknown>
    const failure = describe(error, params)
    if (failures.some((f) => f.path === failure.path && f.message === failure.message)) continue
    if (failures.length === MAX_FAILURES) {
      failures.push({ path: '', message: `fails in more than ${MAX_FAILURES} places` })
      break
    }
    failures.push(failure)
  }
  return failures.length === 0 ? [{ path: '', message: 'does not fit the schema' }] : failures
}

function describe(error: ErrorObject, params: Record<string, unknown>): ValidationFailure {
  const path = error.instancePath
  switch (error.keyword) {
    case 'required':
      return {
        path: pointerAppend(path, String(params['missingProperty'])),
        message: 'is required',
      }
    case 'additionalProperties':
      return {
        path: pointerAppend(path, String(params['additionalProperty'])),
        message: 'is not allowed here',
      }
    case 'unevaluatedProperties':
      return {
        path: pointerAppend(path, String(params['unevaluatedProperty'])),
        message: 'is not allowed here',
      }
    case 'enum':
      return { path, message: `must be one of ${jsonOf(params['allowedValues'])}` }
    case 'const':
      return { path, message: `must be ${jsonOf(params['allowedValue'])}` }
    case 'false schema':
      return { path, message: 'is not allowed here' }
    default:
      return { path, message: error.message ?? `fails ${error.keyword}` }
  }
}

function jsonOf(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 300 ? `${text.slice(0, 300)}...` : text
}

function hasMoreMembers(value: unknown, limit: number): boolean {
  let left = limit
  const stack: unknown[] = [value]
  while (stack.length > 0) {
    const node = stack.pop()
    if (typeof node !== 'object' || node === null) continue
    const members = Object.values(node)
    left -= members.length
    if (left < 0) return true
    for (const member of members) stack.push(member)
  }
  return false
}
