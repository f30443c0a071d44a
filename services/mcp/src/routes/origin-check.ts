import type { IncomingHttpHeaders } from 'node:http'
import { CodedError } from '@alkdev/errors'

export interface OriginRules {
  /** `http.cors.origins`. */
  readonly origins: readonly string[]
  /** The address that the service listens on. */
  readonly host: string
  /** Other URLs of the service: its own, that for other services, and the public one. */
  readonly urls: readonly string[]
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Refuses web pages that are not allowed, and requests for another host name (DNS rebinding): a page must not reach a
 * server on its reader's machine. Pages of this machine may reach a service that listens only on this machine. The returned function throws ACCESS_DENIED.
 */
export function originCheck(rules: OriginRules): (headers: IncomingHttpHeaders) => void {
  const own = rules.urls.flatMap((url) => URL.parse(url) ?? [])
  const local = LOOPBACK.test(rules.host) || rules.host === '::1'
  // Most requests name the same host as the one before.
  let known: string | undefined
  const checkHost = (host: string): void => {
    if (host === known) return
    const name = URL.parse(`http://${host}`)?.hostname
    if (name === undefined || !(LOOPBACK.test(name) || own.some((url) => url.hostname === name)))
      throw new CodedError(
        'ACCESS_DENIED',
        'This service is not reached under this host name. An operator allows it with `http.publicUrl`.',
      )
    known = host
  }
  return ({ origin, host = '' }) => {
    if (local) checkHost(host)
    if (origin === undefined || rules.origins.includes('*') || rules.origins.includes(origin))
      return
    if (own.some((url) => url.origin === origin)) return
    if (local && LOOPBACK.test(URL.parse(origin)?.hostname ?? '')) return
    throw new CodedError(
      'ACCESS_DENIED',
      'Pages of this origin may not call. An operator allows them with `http.cors.origins`.',
    )
  }
}
