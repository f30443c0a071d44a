import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { holdName } from '@alkdev/std/hold-name'
import { byOwner } from './port-owner.mjs'

/** A port that no other start of a stack takes until it is disposed of. */
export interface HeldPort extends AsyncDisposable {
  /** Stops listening, so that the service can listen. The port stays held against other starts. */
  release(): Promise<void>
}

/**
 * Holds a port: its name among the starts of stacks, and the port itself. Where it is taken returns by whom: ` by NAME (process PID)`, or nothing where
 * that is not known. The name comes first: listening for a moment on a port that another start has chosen could keep its service from it.
 */
export async function holdPort(port: number, host: string): Promise<HeldPort | string> {
  const name = await holdName(`port-${port}`)
  if (name === undefined) return byOwner(port) || ' by a stack that is being started'
  const server = await listen(port, host)
  if (server === undefined) {
    await name[Symbol.asyncDispose]()
    return byOwner(port)
  }
  const release = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))
  return {
    release,
    async [Symbol.asyncDispose]() {
      await release()
      await name[Symbol.asyncDispose]()
    },
  }
}

/** Undefined when the port is taken. */
function listen(port: number, host: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    // A connection that is kept would hold up the close of the server.
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(undefined))
    server.listen(port, host, () => resolve(server))
  })
}
