import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ports that worktrees of dev spokes have (from 28000) and those that Linux gives to outgoing connections (from 32768), so that none of
 * them takes the port before its user does.
 */
const FIRST = 12_000
const COUNT = 16_000
const ATTEMPTS = 50

/** A port that is free now. Another process may use it before the caller does. Throws after 50 ports that are taken. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + randomInt(COUNT)
    if (await isPortFree(port, host)) return port
  }
  throw new Error(`No free port was found on ${host} in ${ATTEMPTS} attempts.`)
}

/** True when no process listens on `port`. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
