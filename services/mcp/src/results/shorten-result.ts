import type { Identity } from '@alkdev/operations'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import { RANGE_LENGTH, rangeOf } from './result-store.ts'
import type { ResultStore } from './result-store.ts'

/** Blocks of one result whose texts are cut. */
const MAX_CUT = 4

/** Whether nothing of the result is cut. */
export function isShort({ content }: MCPToolResult): boolean {
  return content.every((block) => block.type !== 'text' || block.text.length <= RANGE_LENGTH)
}

/**
 * A result without long texts: of a text of more than 64 Ki characters the beginning remains, with a sentence and a link that say where the
 * rest is read. Structured content, which repeats the text, is omitted then. A result stays whole when its text cannot be kept.
 */
export async function shortenResult(
  store: Pick<ResultStore, 'keep'>,
  identity: Identity,
  result: MCPToolResult,
): Promise<MCPToolResult> {
  let cut = 0
  const content: MCPToolResult['content'] = []
  for (const block of result.content) {
    if (block.type !== 'text' || block.text.length <= RANGE_LENGTH || cut >= MAX_CUT) {
      content.push(block)
      continue
    }
    // The call has had its effect: a failure to keep the text must not hide the result.
    const uri = await store.keep(identity, block.text).catch(() => undefined)
    if (uri === undefined) return result
    cut += 1
    const { text, total, nextOffset = total } = rangeOf(block.text, 0)
    const rest = `${uri}?offset=${nextOffset}`
    const sentence = `[Cut: ${text.length} of ${total} characters are above. Read on for 10 minutes with resources/read of ${rest}.]`
    content.push(
      { ...block, text },
      { type: 'text', text: sentence },
      { type: 'resource_link', uri: rest, name: 'rest of the result' },
    )
  }
  if (cut === 0) return result
  const { structuredContent: _repeated, ...others } = result
  return { ...others, content }
}
