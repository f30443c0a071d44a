import type { IncomingHttpHeaders } from 'node:http'
import { CodedError } from '@alkdev/errors'

/** A page of another origin can send it only after a preflight, which the hub answers without this header. */
export const CONSOLE_HEADER = 'x-alkhub-console'

export interface OwnHosts {
  /** The host that the request names, with what trusted proxies say. */
  readonly host: string
  /** The public base URL of the config. */
  readonly publicUrl: string | undefined
}

/**
 * Throws ACCESS_DENIED for a request that a page of another origin may have made: one without the header of the console, with another
 * `Sec-Fetch-Site`, or, from a browser that sends none, with another `Origin`.
 */
export function requireSameOrigin(headers: IncomingHttpHeaders, own: OwnHosts): void {
  if (headers[CONSOLE_HEADER] === undefined)
    throw refused(`Requests of the console have the header ${CONSOLE_HEADER}.`)
  const site = headers['sec-fetch-site']
  if (site !== undefined) {
    if (site !== 'same-origin') throw refused('The request comes from a page of another origin.')
    return
  }
  const { origin } = headers
  if (origin === undefined) return
  const host = hostOf(origin)
  const known = [own.host.toLowerCase(), hostOf(own.publicUrl)]
  if (host === undefined || !known.includes(host))
    throw refused('The request comes from a page of another origin.')
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : undefined
}

function refused(message: string): CodedError {
  return new CodedError('ACCESS_DENIED', message)
}
