import { httpCaller } from './http-caller.ts'

export interface ToolCaller {
  readonly call: () => Promise<unknown>
  readonly close: () => void
}

/** Calls a tool with requests of MCP 2026-07-28. Rejects when the tool answers with an error. */
export function toolCaller(url: string, key: string, name: string, input: unknown): ToolCaller {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { name, arguments: input, _meta: meta }
  const caller = httpCaller(
    url,
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
    {
      authorization: `Bearer ${key}`,
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
  )
  const call = async (): Promise<unknown> => {
    const answer = (await caller.call()) as { readonly result?: { readonly isError?: boolean } }
    if (answer.result === undefined || answer.result.isError === true)
      throw new Error(JSON.stringify(answer))
    return answer
  }
  return { call, close: () => caller.close() }
}
