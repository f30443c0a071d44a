import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { sleep } from '@alkdev/std'
import { freePort } from '@alkdev/testing'

/** A Redis for one test, which can be killed and started again (empty) on the same port. */
export interface OwnRedis extends AsyncDisposable {
  readonly url: string
  kill(): Promise<void>
  start(): Promise<void>
}

/** Ends the server when this process has ended in any way: the shell holds the other end of a pipe. */
const TIED = `{ read -r _ <&3; kill -KILL $$; } >/dev/null 2>&1 &
exec redis-server "$@" 3<&-`

export async function startOwnRedis(): Promise<OwnRedis> {
  const port = await freePort()
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    server = spawn('/bin/sh', ['-c', TIED, 'sh', ...args], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      detached: true,
    })
    while (!(await answers(port))) await sleep(10)
  }

  async function kill(): Promise<void> {
    const running = server
    server = undefined
    if (running === undefined) return
    const exited = once(running, 'exit')
    running.kill('SIGKILL')
    await exited
    running.stdio[3]?.destroy()
  }

  await start()
  return { url: `redis://127.0.0.1:${port}`, kill, start, [Symbol.asyncDispose]: kill }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
