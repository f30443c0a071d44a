import { once } from 'node:events'
import { createServer } from 'node:net'
import type { ResolvedHttp } from '@alkdev/config'

/** A port on which this process will listen. */
export interface ReservedPort {
  readonly port: number
  /** Frees it. Listen immediately afterwards. */
  release(): void
}

/**
 * The port to listen on. For 0 in the config a free port is chosen here, because the process announces it before it listens. It stays taken
 * until `release`: the services of a test and every outgoing connection take free ports as well. Connections made until then are closed.
 */
export async function reservePort({ host, port }: ResolvedHttp): Promise<ReservedPort> {
  if (port !== 0) return { port, release: () => undefined }
  const probe = createServer((socket) => socket.destroy())
  probe.listen(0, host)
  await once(probe, 'listening')
  const address = probe.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    release: () => probe.close(),
  }
}
