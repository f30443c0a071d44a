import type { BusSubscription } from '@alkdev/bus'
import { itemsResult } from '@alkdev/operations/to-mcp'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import type { ToolCall } from './tool.ts'

/** Maximum items that are collected; then the subscription is ended. */
const MAX_ITEMS = 1000
const MAX_ITEM_BYTES = 1024 * 1024
const MAX_MESSAGE_LENGTH = 4096

/** Shows an item to the client while the subscription runs: the item, how many there are now, and the beginning of its JSON. */
export type ReportItem = (item: {
  readonly data: unknown
  readonly count: number
  readonly text: string
}) => Promise<void>

/**
 * Collects the items of a subscription, as one of the streams that the key may have open: `{items, truncated}`. Throws when the request is
 * cancelled and when its key ends; nothing is read when the key has too many streams (RATE_LIMITED). When anything else ends the
 * subscription, the result has the items received before.
 */
export async function collectItems(
  subscription: BusSubscription,
  call: ToolCall,
  report: ReportItem = ({ count, text }) => call.progress(count, text),
): Promise<MCPToolResult> {
  let leave: (() => void) | undefined
  try {
    leave = call.stream()
    return await collect(subscription, call, report)
  } finally {
    leave?.()
    await subscription.return?.()
  }
}

async function collect(
  subscription: BusSubscription,
  call: ToolCall,
  report: ReportItem,
): Promise<MCPToolResult> {
  const items: unknown[] = []
  let bytes = 0
  for (;;) {
    const next = await subscription.next().catch((error: unknown) => ({ error }))
    if ('error' in next) {
      if (call.signal.aborted) throw next.error
      return itemsResult(items, { truncated: false, error: next.error })
    }
    if (next.done === true) return itemsResult(items, { truncated: false })
    const held = call.hold(call.signal)
    if (held !== undefined) await held
    const { data } = next.value.envelope
    const text = JSON.stringify(data) ?? 'null'
    bytes += Buffer.byteLength(text)
    if (items.length >= MAX_ITEMS || bytes > MAX_ITEM_BYTES)
      return itemsResult(items, { truncated: true })
    items.push(data ?? null)
    await report({ data, count: items.length, text: text.slice(0, MAX_MESSAGE_LENGTH) })
  }
}
