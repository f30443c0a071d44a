import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const script = fileURLToPath(new URL('testing/few-descriptors.ts', import.meta.url))

function open(url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

// E note d
test.skipIf(process.platform === 'win32')(
  'a process without file descriptors says so once, with what to do, and serves again when there are some',
  async () => {
    const child = spawn('sh', ['-c', 'ulimit -n 40; exec "$0" "$1"', process.execPath, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(async () => {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const lineWith = async (text: string): Promise<string> => {
      for (;;) {
        const { value, done } = await lines.next()
        if (done === true || value.includes(text)) return String(value)
      }
    }
    const url = JSON.parse(await lineWith('"url"')).url as string
    const sockets = Array.from({ length: 80 }, () => open(url))
    expect(JSON.parse(await lineWith('descriptors'))).toEqual({
      message: 'no file descriptors are left: new connections are closed without an answer',
      fields: {
        connections: expect.any(Number),
        fix: expect.stringContaining('Raise the limit of open files'),
      },
    })
    for (const socket of sockets) socket.destroy()
    await expect
      .poll(async () => (await fetch(`${url}/livez`).catch(() => undefined))?.status, {
        timeout: 10_000,
      })
      .toBe(200)
  },
  30_000,
)
