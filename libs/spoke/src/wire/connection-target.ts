import { CodedError } from '@alkdev/errors'

/** The address of the hub and the key. */
export interface ConnectionTarget {
  readonly url: string
  readonly key: string
}

/** One invalid option. */
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

/** All faults of the address of a hub and of a key. Contains neither the key nor a URL that may contain one. */
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
 * The socket URL of a hub's address, and the key. `http` becomes `ws`, and `/ws` is added where no path is given. Throws VALIDATION_ERROR
 * with all faults in `details.errors`; its message contains neither the key nor a URL that may contain one.
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
