/** An answer of the protocol. */
export interface McpMessage {
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly result?: any
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly error?: any
}

export interface McpAsked {
  readonly key: string
  /** What the client declares. Default: nothing. */
  readonly capabilities?: object
  readonly signal?: AbortSignal
}

/** One request of a client of 2026-07-28 to an address of the MCP service. */
export async function askMcp(
  url: string,
  method: string,
  params: object,
  { key, capabilities = {}, signal }: McpAsked,
): Promise<McpMessage> {
  const { name, taskId, uri } = params as { name?: string; taskId?: string; uri?: string }
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': name ?? taskId ?? uri ?? '',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
    ...(signal !== undefined && { signal }),
  })
  const text = await response.text()
  const line = text.split('\n').find((one) => one.startsWith('data: {'))
  return JSON.parse(line?.slice('data: '.length) ?? text) as McpMessage
}
