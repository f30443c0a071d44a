import { SERVER_INFO_META_KEY } from '@modelcontextprotocol/server'
import { isMembers } from './members-of.ts'
import type { PlainCall } from './plain-call.ts'
import { CALL_ID } from './tool-call.ts'

/** How a server names itself. */
export interface ServerInfo {
  readonly name: string
  readonly title: string
  readonly version: string
}

const MEMBERS: ReadonlySet<string> = new Set(['content', 'structuredContent', 'isError', '_meta'])

/**
 * The answer to a call, as JSON. Undefined for a result that the SDK has to check or to convert: content of another MCP server, a question to
 * the client, a task.
 */
export function plainAnswer(
  { id, isModern }: Pick<PlainCall, 'id' | 'isModern'>,
  result: Readonly<Record<string, unknown>>,
  serverInfo: ServerInfo,
): string | undefined {
  if (!isPlainResult(result)) return undefined
  if (!isModern) return JSON.stringify({ result, jsonrpc: '2.0', id })
  const _meta = { ...(result['_meta'] as object | undefined), [SERVER_INFO_META_KEY]: serverInfo }
  return JSON.stringify({
    result: { ...result, resultType: 'complete', _meta },
    jsonrpc: '2.0',
    id,
  })
}

function isPlainResult(result: Readonly<Record<string, unknown>>): boolean {
  const { content, structuredContent, isError, _meta: meta } = result
  if (!Object.keys(result).every((name) => MEMBERS.has(name))) return false
  if (!Array.isArray(content) || !content.every(isPlainText)) return false
  if (structuredContent !== undefined && !isMembers(structuredContent)) return false
  // The SDK leaves it out in older revisions.
  if (structuredContent !== undefined && Object.hasOwn(structuredContent, '__proto__')) return false
  if (isError !== undefined && typeof isError !== 'boolean') return false
  if (meta === undefined) return true
  return isMembers(meta) && Object.keys(meta).every((name) => name === CALL_ID)
}

function isPlainText(block: unknown): boolean {
  if (!isMembers(block) || Object.keys(block).length !== 2) return false
  return block['type'] === 'text' && typeof block['text'] === 'string'
}
