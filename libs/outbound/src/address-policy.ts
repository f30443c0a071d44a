import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface AddressRules {
  /** Networks (`10.0.0.0/8`, `fd00::/8`) and single addresses that may be reached although they are not public. */
  readonly allow: readonly string[]
  /** Ports that stay refused at the addresses of `allow`. */
  readonly denyPorts: readonly number[]
}

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Network = readonly [address: Address, bits: number]

/** Global unicast (RFC 4291); whatever lies outside is local, translated or not assigned. */
const GLOBAL_V6: Network = [ipaddr.IPv6.parse('2000::'), 3]
/** Documentation (RFC 9637), which `range()` does not know. */
const DOCUMENTATION_V6: Network = [ipaddr.IPv6.parse('3fff::'), 20]

/**
 * Which addresses the hub connects to: public ones, and those that the operator allows. Loopback, private, link-local, unique-local,
 * shared (RFC 6598), multicast, unspecified and reserved addresses are not public, nor are IPv6 addresses that stand for an IPv4 one
 * (6to4, NAT64, Teredo, IPv4-compatible). An IPv4-mapped address is judged as the IPv4 address that it is.
 */
export class AddressPolicy {
  readonly #allow: readonly Network[]
  readonly #denyPorts: ReadonlySet<number>

  /** Throws for a text in `allow` that is neither an address nor a network. */
  constructor({ allow, denyPorts }: AddressRules) {
    this.#allow = allow.map((text) => networkOf(text))
    this.#denyPorts = new Set(denyPorts)
  }

  /** True when a connection to the address may be made. A text that is no address is refused. */
  allows(text: string, port: number): boolean {
    const address = addressOf(text)
    if (address === undefined) return false
    if (isPublic(address)) return true
    if (this.#denyPorts.has(port)) return false
    return this.#allow.some((network) => isIn(address, network))
  }
}

/** The address without its zone; an IPv4-mapped one as IPv4. Undefined for any other text. */
function addressOf(text: string): Address | undefined {
  const plain = text.replace(/%.*$/s, '')
  const family = isIP(plain)
  if (family === 4) return ipaddr.IPv4.parse(plain)
  // Written in hexadecimal, because ipaddr.js takes `::8.8.8.8` for an IPv4-mapped address.
  return family === 6
    ? ipaddr.process(new URL(`http://[${plain}]`).hostname.slice(1, -1))
    : undefined
}

function networkOf(text: string): Network {
  const address = addressOf(text)
  if (address !== undefined) return [address, address.kind() === 'ipv4' ? 32 : 128]
  return ipaddr.parseCIDR(text)
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false
  if (address.kind() === 'ipv4') return true
  return isIn(address, GLOBAL_V6) && !isIn(address, DOCUMENTATION_V6)
}

function isIn(address: Address, [network, bits]: Network): boolean {
  if (address instanceof ipaddr.IPv4)
    return network instanceof ipaddr.IPv4 && address.match(network, bits)
  return network instanceof ipaddr.IPv6 && address.match(network, bits)
}
