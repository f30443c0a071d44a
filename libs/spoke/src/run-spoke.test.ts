import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { query, runSpoke, Type } from './index.ts'
import { createTestHub } from './testing.ts'

const Text = Type.Object({ text: Type.String() })
const echo = query(
  { id: 'text.echo', description: 'Echoes.', input: Text, output: Text },
  (text) => text,
)

afterEach(() => {
  process.exitCode = undefined
})

/** A running spoke, and a promise of the first line that contains a text. */
function start(hub: ReturnType<typeof createTestHub>) {
  const lines: string[] = []
  const waiting = new EventTarget()
  const print = (line: string): void => {
    lines.push(line)
    waiting.dispatchEvent(new Event('line'))
  }
  const ended = runSpoke({ ...hub.connection(), name: 'me', operations: [echo], print })
  const line = async (part: string): Promise<string> => {
    for (;;) {
      const found = lines.find((each) => each.includes(part))
      if (found !== undefined) return found
      await once(waiting, 'line', { signal: AbortSignal.timeout(10_000) })
    }
  }
  return { ended, line, lines }
}

test('a spoke process prints the attach and each loss, and stops on SIGTERM', async () => {
  await using hub = createTestHub()
  const { ended, line } = start(hub)
  expect(await line('Attached')).toBe('Attached as me: client.me.text.echo.')
  hub.cut()
  expect(await line('Not attached')).toMatch(/The next try is in \d\.\d s\.$/)
  process.emit('SIGTERM')
  await ended
  expect(await line('Stopped')).toBe('Stopped.')
  expect(process.exitCode).toBeUndefined()
})

test('a revoked key ends the process with a sentence and exit code 1', async () => {
  await using hub = createTestHub()
  const { ended, line, lines } = start(hub)
  await line('Attached')
  hub.close(4401)
  await ended
  expect(lines.at(-1)).toBe(
    'The key is not valid. Create one with `alkhub keys create NAME --scope spokes:attach --to FILE`.',
  )
  expect(process.exitCode).toBe(1)
})
