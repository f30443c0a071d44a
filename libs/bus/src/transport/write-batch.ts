import type { Redis } from 'ioredis'

/**
 * Lets what is written to a connection in one turn of the event loop leave in one system call. Called before each write; the turn's
 * writes go out before the loop waits again, so nothing is held back. One system call per message is what costs most otherwise.
 */
export function createWriteBatch(redis: Redis): () => void {
  let corked: Redis['stream'] | undefined
  return () => {
    const { stream } = redis
    if (corked === stream) return
    corked = stream
    stream.cork()
    setImmediate(() => {
      if (corked === stream) corked = undefined
      stream.uncork()
    })
  }
}
