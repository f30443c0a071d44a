/** A URL that was understood, or why not: a clause that holds no part of the text. */
export type ConnectionUrl =
  | { readonly url: URL; readonly user: string; readonly password: string; readonly path: string }
  | { readonly problem: string }

const ENCODE =
  'percent-encode the characters @ : / ? # % in user and password (@ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25)'

/**
 * Reads the URL of a database or of Redis. Refuses what would be cut at the wrong place, such as an unescaped password: a part of it
 * would otherwise be taken for the host and shown in messages. User, password and path are decoded; the path has no leading slash.
 */
export function parseConnectionUrl(text: string, protocols: readonly string[]): ConnectionUrl {
  if (text !== text.trim() || /\s/.test(text)) return { problem: 'holds a blank or a line break' }
  const scheme = /^([a-z][a-z0-9+.-]*:)\/\//i.exec(text)
  if (scheme === null || !protocols.includes((scheme[1] ?? '').toLowerCase()))
    return { problem: `does not begin with ${protocols.map((one) => `${one}//`).join(' or ')}` }
  const rest = text.slice(scheme[0].length)
  const end = rest.search(/[/?#]/)
  const authority = end < 0 ? rest : rest.slice(0, end)
  // An @ behind the authority: the password was cut at its first / ? or #.
  if (end >= 0 && rest.slice(end).includes('@')) return { problem: `is cut short: ${ENCODE}` }
  const userinfo = authority.slice(0, Math.max(0, authority.lastIndexOf('@')))
  if (userinfo.includes('@')) return { problem: `has more than one @: ${ENCODE}` }
  const password = userinfo.slice(userinfo.indexOf(':') + 1)
  if (userinfo.includes(':') && password.includes(':'))
    return { problem: `has a password with an unescaped colon: ${ENCODE}` }
  const url = URL.parse(text)
  if (url === null) return { problem: `is malformed: ${ENCODE}, and check the port` }
  if (url.hostname === '') return { problem: 'names no host' }
  try {
    return {
      url,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      path: decodeURIComponent(url.pathname.replace(/^\//, '')),
    }
  } catch {
    return { problem: `has a % that begins no escape: ${ENCODE}` }
  }
}

/** The same for Redis, whose path is the number of a database. */
export function parseRedisUrl(text: string): ConnectionUrl {
  const parsed = parseConnectionUrl(text, ['redis:', 'rediss:'])
  if ('problem' in parsed) return parsed
  if (!/^\d{0,4}$/.test(parsed.path))
    return { problem: 'names a database that is not a number; Redis numbers its databases from 0' }
  return parsed
}

/** The same for PostgreSQL. */
export function parsePostgresUrl(text: string): ConnectionUrl {
  return parseConnectionUrl(text, ['postgres:', 'postgresql:'])
}
