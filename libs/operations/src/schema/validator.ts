import { createHash } from 'node:crypto'
import type { ValidateFunction } from 'ajv'
import { CallError } from '../calls/call-error.ts'
import { limited } from './complexity-limit.ts'
import { compilePrepared } from './schema-compiler.ts'
import { schemaText } from './schema-limits.ts'
import { prepareSchema } from './schema-prepare.ts'
import type { PreparedSchema } from './schema-prepare.ts'
import type { JsonSchema } from '../registry/types.ts'
import { failuresOf } from './validation-failure.ts'
import type { ValidationFailure } from './validation-failure.ts'

/** A compiled schema. */
export interface Validator {
  /**
   * True when the value matches. Collects no errors. Throws CallError VALIDATION_ERROR if the check would take more than a million steps.
   */
  readonly check: (value: unknown) => boolean
  /** Every failing path; at most 100, and only the first one for values with more than 10,000 members. Empty when the value matches. */
  errors(value: unknown): ValidationFailure[]
}

/** Size of the cache of schemas by content; the least recently used one is evicted first. */
const MAX_REMEMBERED = 4096
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
  const validator = compileContent(schema)
  if (typeof schema === 'object') byObject.set(schema, validator)
  return validator
}

/** The validators by content: equal schemas share one. */
function compileContent(schema: JsonSchema): Validator {
  const text = schemaText(schema)
  const hash = sha256(text)
  let validator = byHash.get(hash)
  if (validator === undefined) validator = new CompiledSchema(prepareSchema(text))
  else byHash.delete(hash)
  byHash.set(hash, validator)
  if (byHash.size > MAX_REMEMBERED) {
    const oldest = byHash.keys().next()
    if (oldest.done !== true) byHash.delete(oldest.value)
  }
  return validator
}

/**
 * As `compileSchema`, but returns at once: the schema is compiled when it is first used. `compileSchema` then returns the same for this object. For
 * schemas that are known to be valid, because an adapter made them or a test compiles them: compiling hundreds takes seconds. A schema that
 * cannot be compiled after all makes every check of it throw.
 */
export function compileLater(schema: JsonSchema): Validator {
  if (typeof schema !== 'object') return compileSchema(schema)
  const known = byObject.get(schema)
  if (known !== undefined) return known
  const validator = new DeferredSchema(schema)
  byObject.set(schema, validator)
  return validator
}

class DeferredSchema implements Validator {
  #schema: JsonSchema | undefined
  #compiled: Validator | undefined
  readonly check = (value: unknown): boolean => this.#validator().check(value)

  constructor(schema: JsonSchema) {
    this.#schema = schema
  }

  errors(value: unknown): ValidationFailure[] {
    return this.#validator().errors(value)
  }

  #validator(): Validator {
    if (this.#compiled !== undefined) return this.#compiled
    this.#compiled = compileContent(this.#schema ?? true)
    this.#schema = undefined
    return this.#compiled
  }
}

/** SHA-256 of the schema's canonical JSON, as 64 hex digits: equal for equal schemas, whatever the order of their members. */
export function schemaHash(schema: JsonSchema): string {
  return sha256(schemaText(schema))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/**
 * Code that stops at the first failure is nested once for each keyword; for schemas with a thousand of them that is too deep, and the code
 * that continues is used.
 */
function compileFirst(schema: PreparedSchema): ValidateFunction {
  try {
    return compilePrepared(schema, false)
  } catch (error) {
    if (!(error instanceof CallError) || !(error.cause instanceof RangeError)) throw error
    return compilePrepared(schema, true)
  }
}

class CompiledSchema implements Validator {
  readonly #schema: PreparedSchema
  readonly #fast: ValidateFunction
  #all: ValidateFunction | undefined
  /** The compiled function itself where nothing has to be counted: every call passes here twice. */
  readonly check: (value: unknown) => boolean

  constructor(schema: PreparedSchema) {
    this.#schema = schema
    const fast = compileFirst(schema)
    this.#fast = fast
    this.check = schema.refers ? (value) => limited(() => fast(value)) : fast
  }

  errors(value: unknown): ValidationFailure[] {
    if (this.check(value)) return []
    if (hasMoreMembers(value, MAX_MEMBERS_FOR_ALL)) return failuresOf(this.#fast.errors)
    this.#all ??= compilePrepared(this.#schema, true)
    const all = this.#all
    try {
      return limited(() => failuresOf(all(value) ? [] : all.errors))
    } catch {
      return failuresOf(this.#fast.errors)
    }
  }
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
