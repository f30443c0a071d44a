import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { Agent, buildConnector } from 'undici'
import type { AddressPolicy } from './address-policy.ts'
import { OutboundRefusedError } from './outbound-refused-error.ts'

/** Connectors that are remembered; a hub whose providers use more ports only resumes fewer TLS sessions. */
const MAX_CONNECTORS = 64

export interface OutboundAgentOptions {
  /** Milliseconds to connect, the look-up of the name included. */
  readonly connectTimeoutMs: number
  /** Milliseconds until the headers of the answer must be there. */
  readonly headersTimeoutMs: number
  /** Milliseconds between two pieces of the answer. */
  readonly bodyTimeoutMs: number
  /** False: each request has a connection of its own. */
  readonly keepsConnections?: boolean
  /** Looks names up; the system's resolver when absent. For tests. */
  readonly resolve?: typeof lookup
}

/**
 * A dispatcher for requests to outside addresses. Each connection is checked on the address that it is made to: the result of the
 * look-up is what is connected to, so a name that changes its address between check and use (DNS rebinding) gains nothing. A
 * redirect that a caller follows through this dispatcher is a new connection and is checked like the first. No proxy settings of
 * the environment are read. A refused request fails with OutboundRefusedError.
 */
export function createOutboundAgent(policy: AddressPolicy, options: OutboundAgentOptions): Agent {
  return new Agent({
    connect: guardedConnector(policy, options),
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: options.bodyTimeoutMs,
    pipelining: options.keepsConnections === false ? 0 : 1,
    // Headers of an answer are kept in memory; a server that sends more is refused.
    maxHeaderSize: 64 * 1024,
  })
}

function guardedConnector(
  policy: AddressPolicy,
  { connectTimeoutMs, resolve = lookup }: OutboundAgentOptions,
): buildConnector.connector {
  // One for each port, because the permission depends on the port and a look-up does not receive it. They cache TLS sessions.
  const connectors = new Map<number, buildConnector.connector>()
  const connectorFor = (port: number): buildConnector.connector => {
    const known = connectors.get(port)
    if (known !== undefined) return known
    const [oldest] = connectors.keys()
    if (oldest !== undefined && connectors.size >= MAX_CONNECTORS) connectors.delete(oldest)
    const connector = buildConnector({
      timeout: connectTimeoutMs,
      allowH2: false,
      lookup: guardedLookup(policy, port, resolve),
    })
    connectors.set(port, connector)
    return connector
  }
  return (target, callback) => {
    const port = Number(target.port) || (target.protocol === 'https:' ? 443 : 80)
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1')
    // An address is connected to without a look-up.
    if (isIP(host) !== 0 && !policy.allows(host, port)) {
      callback(new OutboundRefusedError(), null)
      return
    }
    connectorFor(port)(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null)
      } else if (policy.allows(socket.remoteAddress ?? '', port)) {
        callback(null, socket)
      } else {
        socket.destroy()
        callback(new OutboundRefusedError(), null)
      }
    })
  }
}

/** Gives only addresses that may be reached; a name that has no other is refused. */
function guardedLookup(
  policy: AddressPolicy,
  port: number,
  resolve: typeof lookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      const allowed = found.filter(({ address }) => policy.allows(address, port))
      const [first] = allowed
      if (first === undefined) callback(new OutboundRefusedError(), [])
      else if (options.all === true) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}
