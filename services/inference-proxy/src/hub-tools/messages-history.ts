import { listOf, member, plainText } from '../usage/usage.ts'
import type { HubTools } from './hub-tools.ts'

/** Messages as the model gets them: calls of this hub become the tool calls that they were, with their results in messages of the user. */
export function readMessages(messages: unknown, hub: HubTools): unknown[] {
  return listOf(messages).flatMap((message) => {
    const content = member(message, 'content')
    if (member(message, 'role') !== 'assistant' || !Array.isArray(content)) return [message]
    return splitAssistant(message as object, content, hub)
  })
}

function splitAssistant(
  message: object,
  content: readonly unknown[],
  { label, nameOf }: HubTools,
): unknown[] {
  const out: unknown[] = []
  const ours = new Set<unknown>()
  let blocks: unknown[] = []
  let results: unknown[] = []
  const endRound = (): void => {
    if (blocks.length > 0) out.push({ ...message, content: blocks })
    if (results.length > 0) out.push({ role: 'user', content: results })
    blocks = []
    results = []
  }
  for (const block of content) {
    const type = member(block, 'type')
    if (type === 'mcp_tool_use' && member(block, 'server_name') === label) {
      if (results.length > 0) endRound()
      const id = member(block, 'id')
      ours.add(id)
      const name = nameOf(plainText(block, 'name'))
      blocks.push({ type: 'tool_use', id, name, input: member(block, 'input') ?? {} })
    } else if (type === 'mcp_tool_result' && ours.has(member(block, 'tool_use_id')))
      results.push({
        type: 'tool_result',
        tool_use_id: member(block, 'tool_use_id'),
        content: member(block, 'content') ?? '',
        ...(member(block, 'is_error') === true && { is_error: true }),
      })
    else {
      if (results.length > 0) endRound()
      blocks.push(block)
    }
  }
  endRound()
  return out
}
