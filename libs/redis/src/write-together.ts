import type { Redis } from 'ioredis'

/** What `writeTogether` uses of a connection; that to a cluster has no socket of its own. */
export interface WithSocket {
  readonly stream?: Redis['stream'] | null
}

/** Sockets that hold back what is written to them until the end of this turn of the event loop. */
const corked = new WeakSet<object>()

/** Writes the commands that are given to the connection in this turn of the event loop with one call of the operating system. Call it before each of them. */
export function writeTogether({ stream }: WithSocket): void {
  // There is no socket while the connection is down; its commands fail at once.
  if (stream === undefined || stream === null || corked.has(stream)) return
  corked.add(stream)
  stream.cork()
  setImmediate(() => {
    corked.delete(stream)
    stream.uncork()
  })
}
