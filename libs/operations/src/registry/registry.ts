import { accessRule } from '../access/access.ts'
import { CallError } from '../calls/call-error.ts'
import { executeEntry } from './execute.ts'
import { assertHandler } from './handlers.ts'
import type { AnyHandler } from './handlers.ts'
import type { Registered } from './registered.ts'
import type { ResponseEnvelope } from '../calls/response-envelope.ts'
import { defaultAdapter } from '../schema/schema-adapter.ts'
import type { SchemaAdapter } from '../schema/schema-adapter.ts'
import type {
  RegistryOptions,
  RegisterOptions,
  ListFilter,
  RegisteredOperation,
  OperationSearchHit,
} from './registry-types.ts'
import { SearchIndex } from '../search/search-index.ts'
import { subscribeEntry } from './subscribe-entry.ts'
import type { IOperationDefinition, OperationContext, OperationSpec } from './types.ts'
import { operationIdOf, validateSpec } from './validate-spec.ts'
import { compileLater, compileSchema } from '../schema/validator.ts'

/**
 * The operations of one process: specs, and the handlers of those that run here. Everything is checked and compiled at registration,
 * so that `execute` only looks up the operation, checks the call and calls the handler.
 */
export class OperationRegistry {
  readonly #entries = new Map<string, Registered>()
  /** Made by the first search: many registries are never searched. */
  #search: SearchIndex | undefined
  readonly #adapter: SchemaAdapter
  readonly #compileLater: boolean

  constructor(options: RegistryOptions = {}) {
    this.#adapter = options.schemaAdapter ?? defaultAdapter
    this.#compileLater = options.compileLater === true
  }

  /** The number of operations. */
  get size(): number {
    return this.#entries.size
  }

  /**
   * Adds an operation; without a handler it can be listed but not executed. Nothing is kept if anything is wrong with it.
   * Throws CallError VALIDATION_ERROR (spec, schemas, handler; every failing path) or CONFLICT (the id is taken).
   */
  register(
    definition: RegisteredOperation | IOperationDefinition,
    options?: RegisterOptions,
  ): void {
    this.#commit([this.#prepare(definition)], options)
  }

  /** Adds all operations or, if one is refused, none. */
  registerAll(
    definitions: Iterable<RegisteredOperation | IOperationDefinition>,
    options?: RegisterOptions,
  ): void {
    this.#commit(
      Array.from(definitions, (definition) => this.#prepare(definition)),
      options,
    )
  }

  /** Adds an operation whose handler is set later, or runs elsewhere. */
  registerSpec(spec: OperationSpec, options?: RegisterOptions): void {
    this.register(spec, options)
  }

  /** Gives a registered operation its handler, or another one. Throws CallError OPERATION_NOT_FOUND or VALIDATION_ERROR. */
  registerHandler(operationId: string, handler: AnyHandler): void {
    const entry = this.#entries.get(operationId)
    if (entry === undefined) throw notFound(operationId)
    assertHandler(entry.spec, handler)
    entry.handler = handler
  }

  /** Removes spec and handler; running calls are not affected. False if there was none. */
  unregister(operationId: string): boolean {
    this.#search?.delete(operationId)
    return this.#entries.delete(operationId)
  }

  get(operationId: string): RegisteredOperation | undefined {
    const entry = this.#entries.get(operationId)
    return entry === undefined ? undefined : merged(entry)
  }

  getByName(namespace: string, name: string): RegisteredOperation | undefined {
    return this.get(`${namespace}.${name}`)
  }

  getSpec(operationId: string): OperationSpec | undefined {
    return this.#entries.get(operationId)?.spec
  }

  getHandler(operationId: string): AnyHandler | undefined {
    return this.#entries.get(operationId)?.handler
  }

  getAllSpecs(): OperationSpec[] {
    return Array.from(this.#entries.values(), (entry) => entry.spec)
  }

  /** Whether an operation of the namespace is registered. */
  hasNamespace(namespace: string): boolean {
    for (const { spec } of this.#entries.values()) if (spec.namespace === namespace) return true
    return false
  }

  /** In the order of registration. */
  list(filter: ListFilter = {}): RegisteredOperation[] {
    const found: RegisteredOperation[] = []
    for (const entry of this.#entries.values()) {
      const { namespace, type, tags } = entry.spec
      if (filter.namespace !== undefined && filter.namespace !== namespace) continue
      if (filter.type !== undefined && filter.type !== type) continue
      if (filter.tag !== undefined && tags?.includes(filter.tag) !== true) continue
      found.push(merged(entry))
    }
    return found
  }

  /** By words of name, title, tags and description, best first. `limit` is 20 unless given. */
  search(query: string, limit = 20): OperationSearchHit[] {
    const hits: OperationSearchHit[] = []
    for (const { id, score } of this.#searchIndex().search(query, limit)) {
      const operation = this.get(id)
      if (operation !== undefined) hits.push({ operation, score })
    }
    return hits
  }

  /**
   * Calls a query or mutation: access, input, handler, output. Rejects with CallError: OPERATION_NOT_FOUND, ACCESS_DENIED,
   * VALIDATION_ERROR (every failing path in `details.errors`), EXECUTION_ERROR, ABORTED, TIMEOUT, or what the handler threw.
   * Waits until the handler settles, also after an abort; use the call protocol or `buildEnv` for a shorter wait.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- callers name both, as the published signature has it
  execute<Input = unknown, Output = unknown>(
    operationId: string,
    input: Input,
    context: OperationContext = {},
  ): Promise<ResponseEnvelope<Output>> {
    const entry = this.#entries.get(operationId)
    if (entry === undefined) return Promise.reject(notFound(operationId))
    if (entry.handler === undefined) return Promise.reject(noHandler(operationId))
    if (entry.streams)
      return Promise.reject(
        new CallError('VALIDATION_ERROR', `${operationId} is a subscription: use subscribe.`, {
          operationId,
          type: 'subscription',
        }),
      )
    return executeEntry(entry, input, context) as Promise<ResponseEnvelope<Output>>
  }

  /**
   * The items of a subscription (of a query or mutation: its one answer). The checks are made at the first `next()`; errors as of
   * `execute`.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as execute
  async *subscribe<Input = unknown, Output = unknown>(
    operationId: string,
    input: Input,
    context: OperationContext = {},
  ): AsyncGenerator<ResponseEnvelope<Output>, void, unknown> {
    const entry = this.#entries.get(operationId)
    if (entry === undefined) throw notFound(operationId)
    if (entry.handler === undefined) throw noHandler(operationId)
    if (entry.streams)
      yield* subscribeEntry(entry, input, context) as AsyncGenerator<ResponseEnvelope<Output>, void>
    else yield (await executeEntry(entry, input, context)) as ResponseEnvelope<Output>
  }

  #prepare(definition: RegisteredOperation | IOperationDefinition): Registered {
    const { handler, ...given } = definition as RegisteredOperation
    const converted: OperationSpec = {
      ...given,
      inputSchema: this.#convert(given.inputSchema),
      outputSchema: this.#convert(given.outputSchema),
    }
    const spec = this.#compileLater ? converted : validateSpec(converted)
    const compile = this.#compileLater ? compileLater : compileSchema
    if (handler !== undefined) assertHandler(spec, handler)
    return {
      id: operationIdOf(spec),
      spec: Object.freeze(spec),
      input: compile(spec.inputSchema),
      output: compile(spec.outputSchema),
      access: accessRule(spec.accessControl),
      streams: spec.type === 'subscription',
      handler,
    }
  }

  /** A value that is not a JSON Schema even after the adapter is kept, so that `validateSpec` refuses it together with the rest. */
  #convert(schema: unknown): OperationSpec['inputSchema'] {
    if (this.#adapter === defaultAdapter || schema === undefined)
      return schema as OperationSpec['inputSchema']
    return this.#adapter.toTypeBox(schema)
  }

  #commit(entries: readonly Registered[], options: RegisterOptions = {}): void {
    const seen = new Set<string>()
    for (const { id } of entries) {
      if (seen.has(id) || (options.replace !== true && this.#entries.has(id)))
        throw new CallError('CONFLICT', `${id} is registered already.`, { operationId: id })
      seen.add(id)
    }
    for (const entry of entries) {
      this.#entries.set(entry.id, entry)
      this.#search?.set(entry.id, entry.spec)
    }
  }

  #searchIndex(): SearchIndex {
    if (this.#search === undefined) {
      this.#search = new SearchIndex()
      for (const { id, spec } of this.#entries.values()) this.#search.set(id, spec)
    }
    return this.#search
  }
}

function merged(entry: Registered): RegisteredOperation {
  return entry.handler === undefined ? { ...entry.spec } : { ...entry.spec, handler: entry.handler }
}

function notFound(operationId: string): CallError {
  return new CallError(
    'OPERATION_NOT_FOUND',
    `There is no operation ${JSON.stringify(operationId.slice(0, 200))}.`,
    {
      operationId,
    },
  )
}

function noHandler(operationId: string): CallError {
  return new CallError('OPERATION_NOT_FOUND', `${operationId} has no handler in this process.`, {
    operationId,
  })
}
