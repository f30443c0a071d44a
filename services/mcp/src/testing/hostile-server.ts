// An MCP server on standard input and output that behaves as its first argument says. Started as a process by tests.
import { createInterface } from 'node:readline'

const [, , mode = 'hang'] = process.argv

const write = (message: object): boolean =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

function tools(): object[] {
  return [{ name: 'ask', description: 'Answers.', inputSchema: { type: 'object' } }]
}

if (mode === 'garbage') {
  const line = `${'garbage '.repeat(100)}\n`
  const more = (): void => {
    while (process.stdout.write(line));
    process.stdout.once('drain', more)
  }
  more()
}
if (mode === 'line') {
  const part = 'x'.repeat(65_536)
  const more = (): void => {
    while (process.stdout.write(part));
    process.stdout.once('drain', more)
  }
  more()
}
const kept: Buffer[] = []
if (mode === 'memory')
  setInterval(() => kept.push(Buffer.alloc(32 * 1024 * 1024, kept.length + 1)), 20)

createInterface({ input: process.stdin }).on('line', (text) => {
  const { id, method } = JSON.parse(text) as { id?: number; method: string }
  if (mode === 'hang' || id === undefined) return
  if (method === 'initialize')
    write({
      id,
      result: {
        protocolVersion: '2025-11-25',
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'hostile', version: '1' },
      },
    })
  else if (method === 'tools/list') {
    write({ id, result: { tools: tools() } })
    if (mode === 'flood') {
      const more = (): void => {
        while (write({ method: 'notifications/tools/list_changed' }));
        process.stdout.once('drain', more)
      }
      more()
    }
  } else if (mode === 'crash') {
    process.stdout.write(
      `${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: `process ${process.pid}` }] } })}\n`,
      () => process.exit(1),
    )
  } else if (method === 'tools/call' && mode !== 'mute')
    // oxlint-disable-next-line node/no-process-env -- the test reads which variables there are
    write({ id, result: { content: [{ type: 'text', text: Object.keys(process.env).join(' ') }] } })
})
