import { compact } from '@alkdev/std'
import type { Client, Tool, Transport, jsonSchemaValidator } from '@modelcontextprotocol/client'
import { httpFetch } from '@alkdev/std/fetch'
import { CallError } from '../../../calls/call-error.ts'
import { DEFAULT_TIMEOUT_MS } from '../../../calls/call-limits.ts'
import { ImportedNames } from '../../imported-name.ts'
import type { IOperationDefinition } from '../../../registry/types.ts'
import type { MCPClientConfig } from './config.ts'
import { protocolError } from './errors.ts'
import { toolOperation } from './tool-operation.ts'

/** A connection to one server and its tools as operations. */
export interface MCPClientWrapper {
  readonly name: string
  readonly client: Client
  /** The operations as of the last list; a changed list replaces it. */
  readonly tools: readonly IOperationDefinition[]
  /** The protocol version that was agreed on, for instance `2026-07-28`. */
  readonly protocolVersion: string | undefined
  /** Reads the list again, as a notification of the server about a change does. */
  refresh(): Promise<readonly IOperationDefinition[]>
  /** Called with each new list; the returned function unsubscribes. */
  onToolsChanged(listener: (tools: readonly IOperationDefinition[]) => void): () => void
  close(): Promise<void>
}

const MAX_TOOLS = 2000
const MAX_PAGES = 200

/** Accepts every schema: the operation checks the value afterwards, in linear time for any pattern. */
const noValidator: jsonSchemaValidator = {
  getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
}

/**
 * Connects to a server (both eras of the protocol, see `config.protocol`) and lists all pages of its tools. Its operations are
 * `<name>.<tool>`, names mapped to the grammar. Rejects with CallError, and leaves nothing open: EXECUTION_ERROR (neither url nor command,
 * too many tools), TIMEOUT, PROVIDER_UNAVAILABLE, PROVIDER_LOST.
 */
export async function createMCPClient(
  name: string,
  config: MCPClientConfig,
): Promise<MCPClientWrapper> {
  const connection = new Connection(name, config)
  try {
    await connection.open()
  } catch (error) {
    await connection.close().catch(() => {})
    throw protocolError({ serverName: name }, error, undefined)
  }
  return connection
}

/** Ends the connection and, on stdio, the process. */
export async function closeMCPClient(wrapper: Pick<MCPClientWrapper, 'close'>): Promise<void> {
  await wrapper.close()
}

class Connection implements MCPClientWrapper {
  readonly name: string
  readonly #config: MCPClientConfig
  readonly #listeners = new Set<(tools: readonly IOperationDefinition[]) => void>()
  #client: Client | undefined
  #tools: readonly IOperationDefinition[] = []
  #refreshing: Promise<readonly IOperationDefinition[]> | undefined
  #again = false
  #closed = false
  #soon: NodeJS.Timeout | undefined
  #listedAt = Number.NEGATIVE_INFINITY

  constructor(name: string, config: MCPClientConfig) {
    this.name = name
    this.#config = config
    if (config.onToolsChanged !== undefined) this.#listeners.add(config.onToolsChanged)
  }

  get client(): Client {
    if (this.#client !== undefined) return this.#client
    throw new CallError('PROVIDER_UNAVAILABLE', `The MCP server ${this.name} is not connected.`)
  }

  get tools(): readonly IOperationDefinition[] {
    return this.#tools
  }

  get protocolVersion(): string | undefined {
    return this.#client?.getNegotiatedProtocolVersion()
  }

  async open(): Promise<void> {
    const config = this.#config
    const transport = await makeTransport(config)
    const { Client } = await import('@modelcontextprotocol/client')
    const timeout = config.connectTimeout ?? DEFAULT_TIMEOUT_MS
    const client = new Client(
      { name: `alkdev-${this.name}`, version: '1.0.0' },
      {
        capabilities: {},
        versionNegotiation: {
          mode: config.protocol ?? 'auto',
          // A server of the old era may not answer the query at all, so it has only a third of the time.
          probe: { timeoutMs: Math.max(1, Math.floor(timeout / 3)) },
        },
        listMaxPages: MAX_PAGES,
        jsonSchemaValidator: noValidator,
        listChanged: {
          tools: {
            autoRefresh: false,
            debounceMs: 50,
            onChanged: () => this.#refreshSoon(),
          },
        },
      },
    )
    this.#client = client
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK's client is not an EventTarget
    client.onerror = (error) => config.onError?.(error)
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- as above
    client.onclose = () => {
      if (this.#closed) return
      this.#closed = true
      config.onClose?.()
    }
    await client.connect(transport, { timeout })
    this.#tools = await this.#list()
  }

  /** One list at a time; a change during a list is followed by one more. */
  async refresh(): Promise<readonly IOperationDefinition[]> {
    if (this.#refreshing !== undefined) {
      this.#again = true
      return this.#refreshing
    }
    this.#refreshing = this.#refreshUntilStill()
    try {
      return await this.#refreshing
    } catch (error) {
      throw protocolError({ serverName: this.name }, error, undefined)
    } finally {
      this.#refreshing = undefined
    }
  }

  onToolsChanged(listener: (tools: readonly IOperationDefinition[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    clearTimeout(this.#soon)
    await this.#client?.close()
  }

  /** Lists again after a notification: `minRefreshMs` after the last list at the earliest. */
  #refreshSoon(): void {
    if (this.#soon !== undefined || this.#closed) return
    const earliest = this.#listedAt + (this.#config.minRefreshMs ?? 0)
    this.#soon = setTimeout(
      () => {
        this.#soon = undefined
        if (!this.#closed) this.refresh().catch((error: unknown) => this.#report(error))
      },
      Math.max(0, earliest - performance.now()),
    )
    this.#soon.unref()
  }

  async #refreshUntilStill(): Promise<readonly IOperationDefinition[]> {
    do {
      this.#again = false
      this.#tools = await this.#list()
    } while (this.#again)
    for (const listener of this.#listeners) {
      try {
        listener(this.#tools)
      } catch (error) {
        this.#report(error)
      }
    }
    return this.#tools
  }

  async #list(): Promise<readonly IOperationDefinition[]> {
    this.#listedAt = performance.now()
    const timeout = this.#config.connectTimeout ?? DEFAULT_TIMEOUT_MS
    // For all pages: each one is slow at a server that wants to keep the connection busy.
    const signal = AbortSignal.timeout(timeout)
    const listing = this.client.listTools(undefined, { timeout, signal, cacheMode: 'refresh' })
    const { tools } = await listing.catch((error: unknown) => {
      if (!signal.aborted) throw error
      const message = `The MCP server ${this.name} did not list its tools in time.`
      throw new CallError('TIMEOUT', message, { serverName: this.name }, { cause: error })
    })
    const most = this.#config.maxTools ?? MAX_TOOLS
    if (tools.length > most)
      throw new CallError(
        'EXECUTION_ERROR',
        `The MCP server ${this.name} has ${tools.length} tools, ${most} are allowed.`,
      )
    const names = new ImportedNames()
    const source = {
      client: this.client,
      connected: () => !this.#closed,
      serverName: this.name,
      namespace: new ImportedNames().take(this.name),
      config: this.#config,
    }
    return tools.map((tool: Tool) => toolOperation(source, tool, names))
  }

  #report(error: unknown): void {
    this.#config.onError?.(error instanceof Error ? error : new Error(String(error)))
  }
}

async function makeTransport(config: MCPClientConfig): Promise<Transport> {
  if (config.transport !== undefined) return config.transport()
  if (config.url !== undefined) {
    if (!URL.canParse(config.url))
      throw new CallError('EXECUTION_ERROR', 'The url of the MCP server is none.')
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
    return new StreamableHTTPClientTransport(new URL(config.url), {
      requestInit: { headers: { ...config.headers } },
      fetch: config.fetch ?? httpFetch,
    })
  }
  if (config.command === undefined)
    throw new CallError('EXECUTION_ERROR', 'An MCP server needs a url or a command.')
  const { StdioClientTransport, getDefaultEnvironment } =
    await import('@modelcontextprotocol/client/stdio')
  return new StdioClientTransport({
    command: config.command,
    args: [...(config.args ?? [])],
    env: { ...getDefaultEnvironment(), ...config.env },
    stderr: config.stderr ?? 'ignore',
    ...compact({ cwd: config.cwd }),
  })
}
