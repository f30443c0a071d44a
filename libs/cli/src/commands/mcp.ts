import type { Command } from '../command.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import { lineWriter } from '../mcp/line-writer.ts'
import { relayStdio } from '../mcp/stdio-relay.ts'

export const mcp: Command = {
  usage: '[options]',
  summary:
    'An MCP server on stdin and stdout for clients that start one as a process. It relays to the hub, with the tools list, search, schema, call and query.',
  flags: hubFlags,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const { write, signal } = lineWriter(io.stdout, io.signal)
    await relayStdio({
      input: io.stdin,
      write,
      post: (body, headers, ended) => hub.post('/mcp', body, headers, ended),
      open: (headers, ended) => hub.stream('/mcp', headers, ended),
      where: hub.url,
      signal,
    })
    // Standard input may still be open when a signal ended the relay.
    io.stdin.destroy()
    return 0
  },
}
