import { CodedError } from '@alkdev/errors'

/** Where to connect, and as whom. */
export interface ConnectionTarget {
  readonly url: string
  readonly key: string
}

const protocols = new Map([
  ['http:', 'ws:'],
  ['https:', 'wss:'],
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
])

/**
 * The socket URL of a hub's address, and the key. `http` becomes `ws`, and `/ws` is added where no path is given. Throws VALIDATION_ERROR; its message
 * holds neither the key nor a URL that may hold one.
 */
export function connectionTarget(hub: unknown, key: unknown): ConnectionTarget {
  if (typeof hub !== 'string' || !URL.canParse(hub))
    throw new CodedError('VALIDATION_ERROR', 'hub must be a URL, such as http://localhost:3000.')
  const url = new URL(hub)
  const protocol = protocols.get(url.protocol)
  if (protocol === undefined || url.username !== '' || url.password !== '')
    throw new CodedError(
      'VALIDATION_ERROR',
      'hub must be an http, https, ws or wss URL without a user or password.',
    )
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key))
    throw new CodedError(
      'VALIDATION_ERROR',
      'key must be the API key alone: a text without blanks or line ends.',
    )
  url.protocol = protocol
  if (url.pathname === '/') url.pathname = '/ws'
  url.hash = ''
  return { url: url.href, key }
}
