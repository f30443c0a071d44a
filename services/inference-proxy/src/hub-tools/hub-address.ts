import type { FastifyRequest } from 'fastify'
import type { IsHub } from './hub-tools.ts'

/** Whether an address is that of the MCP server of this hub: its public address, or the one at which the client reached it. */
export function hubAddress(
  publicUrl: string | undefined,
  { headers, host }: Pick<FastifyRequest, 'headers' | 'host'>,
): IsHub {
  const forwarded = headers['x-forwarded-host']
  const hosts = new Set([
    host,
    ...(typeof forwarded === 'string' ? [forwarded] : []),
    ...(publicUrl === undefined ? [] : [new URL(publicUrl).host]),
  ])
  return (address) => {
    if (!URL.canParse(address)) return false
    const url = new URL(address)
    const isMcp = url.pathname === '/mcp' || url.pathname.startsWith('/mcp/')
    return isMcp && /^https?:$/.test(url.protocol) && hosts.has(url.host)
  }
}
