/** A JSON-RPC message as it is read from a line; only its shape is known. */
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

/** What the answer to `initialize` of an older client said. */
export interface Negotiated {
  readonly version?: string
  /** `mcp-session-id`: the hub finds in it what the client can do. */
  readonly session?: string
  /** The hub reports changes. */
  readonly changes?: boolean
}

/**
 * The headers of a message over HTTP, which on stdio only its body says (MCP 2026-07-28, Streamable HTTP). Calls of the hub repeat their operation
 * in a header.
 */
export function requestHeaders(
  message: RpcMessage,
  { version, session }: Negotiated,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const meta = message.params?.['_meta'] as Readonly<Record<string, unknown>> | undefined
  const claimed = meta?.[versionKey]
  if (typeof claimed !== 'string') {
    if (message.method === 'initialize') return headers
    if (version !== undefined) headers['mcp-protocol-version'] = version
    if (session !== undefined) headers['mcp-session-id'] = session
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
  const given = message.params?.['arguments'] as
    | Readonly<Record<string, unknown>>
    | null
    | undefined
  const operationId = given?.['operationId']
  if ((name === 'call' || name === 'query') && typeof operationId === 'string')
    headers['mcp-param-operation'] = headerText(operationId)
  return headers
}

/** The value unchanged if a header can carry it, else in the Base64 form of the protocol. */
function headerText(text: string): string {
  const plain = /^[\u0021-\u007E]([\u0020-\u007E]*[\u0021-\u007E])?$/.test(text)
  if (plain && !text.startsWith('=?base64?')) return text
  return `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`
}
