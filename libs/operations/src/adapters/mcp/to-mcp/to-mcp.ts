import { CallError } from '../../../calls/call-error.ts'
import type { OperationRegistry } from '../../../registry/registry.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import type { OperationContext, OperationSpec } from '../../../registry/types.ts'
import { operationIdOf } from '../../../registry/validate-spec.ts'
import { errorResult, itemsResult, toolResult } from './result.ts'
import type { MCPToolResult } from './result.ts'
import { renderTool } from './tool.ts'
import type { MCPTool, RenderedTool } from './tool.ts'

export interface ToMCPOptions {
  /** Selects the operations that become tools, for instance those that a caller may see. Default: all with a handler. */
  readonly filter?: (spec: OperationSpec) => boolean
  /** Name of a tool. Default: the operation's id. Two operations with the same name are a CONFLICT. */
  readonly toolName?: (spec: OperationSpec) => string
  /** Items of a subscription that a call collects; 1000 unless given. */
  readonly maxItems?: number
  /** Characters of JSON of those items; 1 Mi unless given. */
  readonly maxItemChars?: number
}

export interface MCPCallContext extends OperationContext {
  /** Called with each item of a subscription, counted from 1. */
  readonly onProgress?: (progress: { progress: number; message: string }) => void | Promise<void>
}

export interface MCPToolSet {
  /** The current tools: each call reads the registry again. */
  list(): MCPTool[]
  /**
   * Calls the operation behind a tool. Failures are results with `isError`; only an unknown tool rejects (CallError OPERATION_NOT_FOUND),
   * because MCP has a protocol error for that. Access is checked by the registry, with `context.identity`.
   */
  call(name: string, input: unknown, context?: MCPCallContext): Promise<MCPToolResult>
}

const MAX_ITEMS = 1000
const MAX_ITEM_CHARS = 1024 * 1024

/**
 * The operations of a registry as MCP tools, in plain objects for any MCP server. Inputs and outputs that are no objects are wrapped as
 * `{input}` and `{data}`; a subscription collects its items into `{items, truncated}`, with `ended` when a deadline ended it, and as a
 * failure that keeps them when an error did.
 */
export function toMCP(registry: OperationRegistry, options: ToMCPOptions = {}): MCPToolSet {
  const rendered = new WeakMap<OperationSpec, RenderedTool>()
  const nameOf = options.toolName ?? operationIdOf
  const render = (spec: OperationSpec): RenderedTool => {
    const known = rendered.get(spec) ?? renderTool(spec, nameOf(spec))
    rendered.set(spec, known)
    return known
  }
  const shown = (): Map<string, OperationSpec> => {
    const byName = new Map<string, OperationSpec>()
    for (const spec of registry.getAllSpecs()) {
      if (registry.getHandler(operationIdOf(spec)) === undefined) continue
      if (options.filter?.(spec) === false) continue
      const name = nameOf(spec)
      if (byName.has(name))
        throw new CallError('CONFLICT', `Two operations are called ${name} as MCP tools.`)
      byName.set(name, spec)
    }
    return byName
  }
  return {
    list: () => Array.from(shown().values(), (spec) => render(spec).tool),
    async call(name, input, context = {}) {
      const spec = shown().get(name)
      if (spec === undefined)
        throw new CallError(
          'OPERATION_NOT_FOUND',
          `There is no tool ${JSON.stringify(name.slice(0, 200))}.`,
        )
      const { wrapsInput, wrapsOutput } = render(spec)
      const { onProgress, ...inner } = context
      const id = operationIdOf(spec)
      const given = wrapsInput && isPlainObject(input) ? input['input'] : (input ?? {})
      try {
        if (spec.type === 'subscription')
          return await collect(registry, id, given, inner, onProgress, options)
        return toolResult(await registry.execute(id, given, inner), wrapsOutput)
      } catch (error) {
        return errorResult(error)
      }
    },
  }
}

async function collect(
  registry: OperationRegistry,
  id: string,
  input: unknown,
  context: OperationContext,
  onProgress: MCPCallContext['onProgress'],
  { maxItems = MAX_ITEMS, maxItemChars = MAX_ITEM_CHARS }: ToMCPOptions,
): Promise<MCPToolResult> {
  const items: unknown[] = []
  let chars = 0
  const stream = registry.subscribe(id, input, context)
  try {
    for (;;) {
      const next = await stream.next().catch((error: unknown) => ({ error }))
      if ('error' in next) return itemsResult(items, { truncated: false, error: next.error })
      if (next.done === true) return itemsResult(items, { truncated: false })
      const { data } = next.value
      const text = JSON.stringify(data) ?? 'null'
      chars += text.length
      if (items.length >= maxItems || chars > maxItemChars)
        return itemsResult(items, { truncated: true })
      items.push(data ?? null)
      await onProgress?.({ progress: items.length, message: text.slice(0, 4096) })
    }
  } finally {
    await stream.return?.(undefined)
  }
}
