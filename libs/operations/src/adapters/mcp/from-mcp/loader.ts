import { CallError } from '../../../calls/call-error.ts'
import type { OperationRegistry } from '../../../registry/registry.ts'
import type { IOperationDefinition } from '../../../registry/types.ts'
import { operationIdOf } from '../../../registry/validate-spec.ts'
import { createMCPClient } from './client.ts'
import type { MCPClientWrapper } from './client.ts'
import type { MCPClientConfig } from './config.ts'

export interface MCPClientLoaderOptions {
  /** Called with errors of closing, and of changed tools that a registry refused. */
  readonly onError?: (error: Error, serverName: string) => void
}

/** Several servers, and the registries that offer their tools. */
export class MCPClientLoader {
  readonly #wrappers = new Map<string, MCPClientWrapper>()
  readonly #registries = new Map<OperationRegistry, Map<string, readonly IOperationDefinition[]>>()
  readonly #onError: (error: Error, serverName: string) => void

  constructor(options: MCPClientLoaderOptions = {}) {
    this.#onError = options.onError ?? (() => {})
  }

  /**
   * Connects to all servers concurrently, by name. If one fails, the connections of this call are closed again and it rejects with that
   * error. Throws CallError CONFLICT for a name that is loaded already.
   */
  async load(servers: Readonly<Record<string, MCPClientConfig>>): Promise<void> {
    const entries = Object.entries(servers)
    for (const [name] of entries)
      if (this.#wrappers.has(name))
        throw new CallError('CONFLICT', `There is an MCP client ${JSON.stringify(name)} already.`)
    const settled = await Promise.allSettled(
      entries.map(([name, config]) => createMCPClient(name, config)),
    )
    const opened = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const failed = settled.find((one) => one.status === 'rejected')
    const taken = opened.find(({ name }) => this.#wrappers.has(name))
    if (failed !== undefined || taken !== undefined) {
      await Promise.all(opened.map((wrapper) => this.#close(wrapper)))
      throw failed?.reason instanceof Error
        ? failed.reason
        : new CallError('CONFLICT', `There is an MCP client ${taken?.name} already.`)
    }
    for (const wrapper of opened) {
      this.#wrappers.set(wrapper.name, wrapper)
      wrapper.onToolsChanged((tools) => {
        for (const [registry, known] of this.#registries)
          this.#replace(registry, known, wrapper.name, tools)
      })
    }
  }

  getClient(name: string): MCPClientWrapper | undefined {
    return this.#wrappers.get(name)
  }

  getAllWrappers(): MCPClientWrapper[] {
    return [...this.#wrappers.values()]
  }

  /** The operations of all servers. */
  getAllOperations(): IOperationDefinition[] {
    return this.getAllWrappers().flatMap(({ tools }) => tools)
  }

  /**
   * Registers the tools of all servers that the registry does not have yet, and updates it from then on: a changed tool is replaced, a
   * removed one unregistered, `closeAll` removes them all. Throws as `registry.registerAll`.
   */
  registerAll(registry: OperationRegistry): void {
    const known =
      this.#registries.get(registry) ?? new Map<string, readonly IOperationDefinition[]>()
    const added = this.getAllWrappers().filter(({ name }) => !known.has(name))
    registry.registerAll(added.flatMap(({ tools }) => tools))
    for (const { name, tools } of added) known.set(name, tools)
    this.#registries.set(registry, known)
  }

  /** Closes all connections and removes their operations from the registries. Never rejects: errors go to `onError`. */
  async closeAll(): Promise<void> {
    const wrappers = this.getAllWrappers()
    this.#wrappers.clear()
    for (const [registry, known] of this.#registries)
      for (const tools of known.values()) remove(registry, tools)
    this.#registries.clear()
    await Promise.all(wrappers.map((wrapper) => this.#close(wrapper)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeAll()
  }

  #replace(
    registry: OperationRegistry,
    known: Map<string, readonly IOperationDefinition[]>,
    name: string,
    tools: readonly IOperationDefinition[],
  ): void {
    if (!known.has(name)) return
    remove(registry, known.get(name) ?? [])
    const kept: IOperationDefinition[] = []
    for (const tool of tools) {
      try {
        registry.register(tool)
        kept.push(tool)
      } catch (error) {
        this.#onError(error instanceof Error ? error : new Error(String(error)), name)
      }
    }
    known.set(name, kept)
  }

  async #close(wrapper: MCPClientWrapper): Promise<void> {
    try {
      await wrapper.close()
    } catch (error) {
      this.#onError(error instanceof Error ? error : new Error(String(error)), wrapper.name)
    }
  }
}

/** Removes only operations of this loader: others may have replaced them. */
function remove(registry: OperationRegistry, tools: readonly IOperationDefinition[]): void {
  for (const tool of tools) {
    const id = operationIdOf(tool)
    if (registry.getHandler(id) === tool.handler) registry.unregister(id)
  }
}
