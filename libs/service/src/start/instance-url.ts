import { once } from 'node:events'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import type { ResolvedHttp } from '@alkdev/config'

/** The port to listen on. 0 in the config takes a free one, which has to be known before the process announces itself. */
export async function portOf({ host, port }: ResolvedHttp): Promise<number> {
  if (port !== 0) return port
  const probe = createServer()
  probe.listen(0, host)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Base URL at which other services reach a process that listens there. */
export function instanceUrl({ advertisedUrl, host }: ResolvedHttp, port: number): string {
  if (advertisedUrl !== undefined) return advertisedUrl.replace(/\/+$/, '')
  const name = host === '0.0.0.0' || host === '::' ? hostname() : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
