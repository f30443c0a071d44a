import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'

/**
 * The address of the client of a request that Fastify does not see, an upgrade for instance: that of the connection, or what the proxies named by
 * `trustedProxies` (addresses, CIDR ranges, `uniquelocal`) say in `x-forwarded-for`. As `request.ip`.
 */
export function clientAddress(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => string {
  const trusts = proxyAddr.compile([...trustedProxies])
  return (request) => proxyAddr(request, trusts)
}
