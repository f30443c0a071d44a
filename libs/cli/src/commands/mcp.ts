import { once } from 'node:events'
import type { Command, Io } from '../command.ts'
import { HubClient } from '../hub/hub-client.ts'
import { hubFlags } from '../hub/hub-target.ts'
import { relayStdio } from '../mcp/stdio-relay.ts'

export const mcp: Command = {
  usage: '[options]',
  summary:
    'An MCP server on stdin and stdout for clients that start one as a process. It relays to the hub, with the tools list, search, schema, call and query.',
  flags: hubFlags,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    await relayStdio({
      input: io.stdin,
      write: (line) => writeLine(io, line),
      post: (body, headers, signal) => hub.post('/mcp', body, headers, signal),
      where: hub.url,
      signal: io.signal,
    })
    // Standard input may still be open when a signal ended the relay.
    io.stdin.destroy()
    return 0
  },
}

/** A client that does not read stops the reading of the relay, so that its memory stays bounded. */
async function writeLine({ stdout, signal }: Io, line: string): Promise<void> {
  if (!stdout.write(`${line}\n`)) await once(stdout, 'drain', { signal })
}
