import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Holds a name among the processes of this machine until it is disposed of, or the process ends in whatever way. Returns undefined when another
 * holder has it. On Linux the name belongs to the network namespace, as ports do. Throws what prevents listening on a local socket.
 *
 * Where the system has no names that end with their process (macOS), the name is a file: of two processes that find the file of a killed one at
 * the same moment, both may get the name.
 */
export async function holdName(name: string): Promise<AsyncDisposable | undefined> {
  const path = pathOf(name)
  const server = (await listen(path)) ?? (await listenAgain(path))
  if (server === undefined) return undefined
  // The holder decides how long it runs.
  server.unref()
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  }
}

/** An abstract socket or a pipe ends with its process; elsewhere it is a file. */
function pathOf(name: string): string {
  if (process.platform === 'linux') return `\0alkhub-${name}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\alkhub-${name}`
  return join(tmpdir(), `alkhub-${name}.socket`)
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen({ path, exclusive: true }, () => resolve(server))
  })
}

/** Where the name is a file: once more, when it was left by a process that has ended. */
async function listenAgain(path: string): Promise<Server | undefined> {
  if (process.platform === 'linux' || process.platform === 'win32') return undefined
  if (await answers(path)) return undefined
  await rm(path, { force: true })
  return listen(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
