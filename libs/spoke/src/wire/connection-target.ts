import { CodedError } from '@alkdev/errors'

/** Where to connect, and as whom. */
export interface ConnectionTarget {
  readonly url: string
  readonly key: string
}

/** One option that is wrong. */
export interface ConnectionFailure {
  /** JSON Pointer into the options. */
  readonly path: string
  readonly message: string
}

const protocols = new Map([
  ['http:', 'ws:'],
  ['https:', 'wss:'],
  ['ws:', 'ws:'],
  ['wss:', 'wss:'],
])

/** What is wrong with the address of a hub and with a key: all of it. Holds neither the key nor a URL that may hold one. */
export function connectionFailures(hub: unknown, key: unknown): ConnectionFailure[] {
  const failures: ConnectionFailure[] = []
  const url = typeof hub === 'string' && URL.canParse(hub) ? new URL(hub) : undefined
  if (url === undefined)
    failures.push({ path: '/hub', message: 'must be a URL, such as http://localhost:3000' })
  else if (!protocols.has(url.protocol) || url.username !== '' || url.password !== '')
    failures.push({
      path: '/hub',
      message: 'must be an http, https, ws or wss URL without a user or password',
    })
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key))
    failures.push({
      path: '/key',
      message: 'must be the API key alone: a text without blanks or line ends',
    })
  return failures
}

/**
 * The socket URL of a hub's address, and the key. `http` becomes `ws`, and `/ws` is added where no path is given. Throws VALIDATION_ERROR with everything that is
 * wrong in `details.errors`; its message holds neither the key nor a URL that may hold one.
 */
export function connectionTarget(hub: string, key: string): ConnectionTarget {
  const failures = connectionFailures(hub, key)
  if (failures.length > 0) {
    const faults = failures.map(({ path, message }) => `${path} ${message}`).join('; ')
    throw new CodedError('VALIDATION_ERROR', `The connection does not fit: ${faults}`, {
      details: { errors: failures },
    })
  }
  const url = new URL(hub)
  url.protocol = protocols.get(url.protocol) ?? url.protocol
  if (url.pathname === '/') url.pathname = '/ws'
  url.hash = ''
  return { url: url.href, key }
}
