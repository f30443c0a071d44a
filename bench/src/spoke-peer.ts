// The other process of spoke.bench.ts: a spoke, or a bare socket that answers. Arguments: URL, `worker`, `main` or `bare`.
import { attachSpoke, query } from '@alkdev/spoke'
import { Type } from '@alkdev/typebox'
import { WebSocket } from 'ws'

const [url = '', mode = ''] = process.argv.slice(2)
const Echo = Type.Object({ text: Type.String() })

if (mode === 'bare') {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    headers: { authorization: 'bare' },
  })
  socket.on('message', (data: Buffer) => {
    const { id, input } = JSON.parse(data.toString()) as { id: number; input: unknown }
    socket.send(JSON.stringify({ id, output: input }))
  })
} else {
  const startedAt = performance.now()
  const spoke = attachSpoke({
    hub: url,
    key: 'bench',
    name: 'bench',
    thread: mode === 'main' ? 'main' : 'worker',
    operations: [
      query({ id: 'echo.say', description: 'Echoes.', input: Echo, output: Echo }, ({ text }) => ({
        text,
      })),
      query(
        { id: 'self.facts', description: 'Facts.', input: Type.Object({}), output: Type.Unknown() },
        () => ({ attachMs, rssBytes: process.memoryUsage().rss }),
      ),
    ],
  })
  await spoke.attached()
  const attachMs = performance.now() - startedAt
}
