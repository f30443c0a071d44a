import type { ServerResponse } from 'node:http'

/**
 * Resolves when the client can take more; nothing is held here but what its socket holds. A client that takes nothing for `stallMs`
 * is cut. Rejects when the connection is gone.
 */
export async function writeAll(raw: ServerResponse, bytes: Buffer, stallMs: number): Promise<void> {
  if (raw.destroyed) throw new Error('the client has gone')
  if (bytes.length === 0 || raw.write(bytes)) return
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer)
      raw.off('drain', settle)
      raw.off('close', settle)
      if (raw.destroyed) reject(new Error('the client has gone'))
      else resolve()
    }
    const timer = setTimeout(() => raw.destroy(), stallMs)
    raw.once('drain', settle)
    raw.once('close', settle)
  })
}
