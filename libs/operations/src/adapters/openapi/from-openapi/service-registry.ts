import { CallError } from '../../../calls/call-error.ts'
import type { OperationRegistry } from '../../../registry/registry.ts'
import { operationIdOf } from '../../../registry/validate-spec.ts'
import { FromOpenAPI } from './from-openapi.ts'
import { FromOpenAPIFile, FromOpenAPIUrl } from './load.ts'
import type { OpenAPIFS } from './load.ts'
import type { HTTPServiceConfig, OpenAPIDefinition, OpenAPISpec } from './types.ts'

/** Services by name, and the registries that offer their operations. */
export class OpenAPIServiceRegistry {
  readonly #services = new Map<string, readonly OpenAPIDefinition[]>()
  readonly #registries = new Set<OperationRegistry>()

  get size(): number {
    return this.#services.size
  }

  /** Adds a service. Throws CallError CONFLICT when the name is taken, else as `FromOpenAPI`. */
  add(name: string, spec: OpenAPISpec, config: HTTPServiceConfig): OpenAPIDefinition[] {
    this.#refuseTaken(name)
    return this.#keep(name, FromOpenAPI(spec, config))
  }

  async addFromFile(
    name: string,
    path: string,
    config: HTTPServiceConfig,
    fs?: OpenAPIFS,
  ): Promise<OpenAPIDefinition[]> {
    this.#refuseTaken(name)
    return this.#keep(name, await FromOpenAPIFile(path, config, fs))
  }

  async addFromUrl(
    name: string,
    url: string,
    config: HTTPServiceConfig,
  ): Promise<OpenAPIDefinition[]> {
    this.#refuseTaken(name)
    return this.#keep(name, await FromOpenAPIUrl(url, config))
  }

  /** The operations of a service. */
  get(name: string): readonly OpenAPIDefinition[] | undefined {
    return this.#services.get(name)
  }

  /** The operations of all services. */
  getAll(): OpenAPIDefinition[] {
    return [...this.#services.values()].flat()
  }

  /** Removes a service, and its operations from every registry that `registerAll` has put them into. False if there was none. */
  remove(name: string): boolean {
    const definitions = this.#services.get(name)
    if (definitions === undefined) return false
    for (const registry of this.#registries)
      for (const definition of definitions) {
        const id = operationIdOf(definition)
        // Another operation may have taken the place.
        if (registry.getHandler(id) === definition.handler) registry.unregister(id)
      }
    return this.#services.delete(name)
  }

  /** Registers the operations of all services that the registry does not have yet. Throws as `registry.registerAll`. */
  registerAll(registry: OperationRegistry): void {
    registry.registerAll(
      this.getAll().filter(
        (definition) => registry.getHandler(operationIdOf(definition)) !== definition.handler,
      ),
    )
    this.#registries.add(registry)
  }

  #refuseTaken(name: string): void {
    if (this.#services.has(name))
      throw new CallError('CONFLICT', `There is a service ${JSON.stringify(name)} already.`)
  }

  #keep(name: string, definitions: OpenAPIDefinition[]): OpenAPIDefinition[] {
    this.#refuseTaken(name)
    this.#services.set(name, definitions)
    return definitions
  }
}
