/** A JSON-RPC message as it is read from a line; nothing but its shape is known. */
export interface RpcMessage {
  readonly id?: string | number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
}

const versionKey = 'io.modelcontextprotocol/protocolVersion'

/** Which parameter the header Mcp-Name repeats. */
const nameSources: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
}

/**
 * The headers of a message over HTTP, which on stdio only its body says (MCP 2026-07-28, Streamable HTTP). `negotiated` is the version
 * that an `initialize` of an older client ended with.
 */
export function requestHeaders(
  message: RpcMessage,
  negotiated: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const meta = message.params?.['_meta'] as Readonly<Record<string, unknown>> | undefined
  const claimed = meta?.[versionKey]
  if (typeof claimed !== 'string') {
    if (negotiated !== undefined && message.method !== 'initialize')
      headers['mcp-protocol-version'] = negotiated
    return headers
  }
  headers['mcp-protocol-version'] = headerText(claimed)
  if (message.method === undefined) return headers
  headers['mcp-method'] = headerText(message.method)
  const source = Object.hasOwn(nameSources, message.method)
    ? nameSources[message.method]
    : undefined
  const name = source === undefined ? undefined : message.params?.[source]
  if (typeof name === 'string') headers['mcp-name'] = headerText(name)
  return headers
}

/** As it is when a header can carry it, else in the Base64 form that the protocol has for the rest. */
function headerText(text: string): string {
  const plain = /^[\u0021-\u007E]([\u0020-\u007E]*[\u0021-\u007E])?$/.test(text)
  if (plain && !text.startsWith('=?base64?')) return text
  return `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`
}
