import { isIP } from 'node:net'
import type { AddressPolicy } from './address-policy.ts'
import { OutboundRefusedError } from './outbound-refused-error.ts'

const LOCALHOST = /(?:^|\.)localhost\.?$/

/**
 * Throws OutboundRefusedError for a URL whose host is an address that may not be reached, in whatever notation (`0x7f.1`,
 * `2130706433`, `[::ffff:127.0.0.1]`), or `localhost`. Other names are judged when they are connected to, because only then it is
 * known what they stand for.
 */
export function checkOutboundUrl(policy: AddressPolicy, url: string): void {
  const { hostname, port, protocol } = new URL(url)
  const portNumber = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (LOCALHOST.test(host)) {
    if (['127.0.0.1', '::1'].some((address) => policy.allows(address, portNumber))) return
    throw new OutboundRefusedError()
  }
  if (isIP(host) !== 0 && !policy.allows(host, portNumber)) throw new OutboundRefusedError()
}
