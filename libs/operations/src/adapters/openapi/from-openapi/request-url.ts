import { inputError } from './encode-body.ts'
import type { ServerAddress } from './server-url.ts'

/** `.` and `..` also in the encodings that URL parsers take for them. */
const DOTS = /^(?:\.|%2e){1,2}$/i

/** A path of a document as requests have it: it begins with a slash (many documents leave it out) and has no fragment, which is never sent. */
export function requestPath(path: string): string {
  const sent = path.split('#', 1)[0] ?? ''
  return sent.startsWith('/') ? sent : `/${sent}`
}

/**
 * The URL of one request: the server's path, then `path` (whose values are encoded), then the queries of the server, of the path and of the request.
 * Throws CallError VALIDATION_ERROR for a path that leads out of the server's: the result always has the origin of the server.
 */
export function requestUrl(server: ServerAddress, path: string, query: readonly string[]): URL {
  const [own = '', ...ownQuery] = requestPath(path).split('?')
  if (own.split(/[/\\]/).some((segment) => DOTS.test(segment)))
    throw inputError('', 'puts a . or .. into the path, which would lead to another one')
  const queries = [server.query, ownQuery.join('?'), ...query].filter((part) => part !== '')
  const text = `${server.origin}${server.path}${own}${queries.length === 0 ? '' : `?${queries.join('&')}`}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.origin !== server.origin || url.username !== '' || url.password !== '')
    throw inputError('', 'makes an address outside of the service')
  return url
}
