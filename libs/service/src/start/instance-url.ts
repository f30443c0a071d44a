import { hostname, networkInterfaces } from 'node:os'
import type { ResolvedHttp } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'

/**
 * Base URL at which other services reach a process that listens there. In `advertisedUrl`, `{address}` stands for the address of this machine and
 * `{port}` for the port. Throws an OperatorError when the address is asked for and the machine has none but loopback addresses.
 */
export function instanceUrl(
  { advertisedUrl, host }: Pick<ResolvedHttp, 'advertisedUrl' | 'host'>,
  port: number,
  interfaces: typeof networkInterfaces = networkInterfaces,
): string {
  if (advertisedUrl !== undefined)
    return advertisedUrl
      .replaceAll('{address}', () => inUrl(addressOf(interfaces())))
      .replaceAll('{port}', String(port))
      .replace(/\/+$/, '')
  const name = host === '0.0.0.0' || host === '::' ? hostname() : host
  return `http://${inUrl(name)}:${port}`
}

/** The first address that other machines may reach; IPv4 before IPv6. */
function addressOf(interfaces: ReturnType<typeof networkInterfaces>): string {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  const outside = all.filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0)
  const found = outside.find(({ family }) => family === 'IPv4') ?? outside[0]
  if (found !== undefined) return found.address
  throw new OperatorError(
    'The config names {address} in http.advertisedUrl, and this machine has loopback addresses only.',
    'Connect it to a network, or write the address into http.advertisedUrl.',
  )
}

function inUrl(name: string): string {
  return name.includes(':') ? `[${name}]` : name
}
