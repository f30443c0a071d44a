import { OperatorError } from '@alkdev/errors'
import { parsePostgresUrl } from '@alkdev/std'

/** Where the database is: a `postgres://` URL, or its parts. */
export type DatabaseTarget = string | DatabaseAddress

export interface DatabaseAddress {
  readonly host: string
  /** Default 5432. */
  readonly port?: number
  readonly database: string
  readonly user: string
  readonly password?: string
  /** Default false: the database is reached over a private network. */
  readonly ssl?: boolean
}

/** What the driver is given, password included. */
export function connectionSettings(
  target: DatabaseTarget,
  options: { readonly connectTimeoutMs?: number } = {},
): {
  host: string
  port: number
  database: string
  username: string
  password: string
  ssl: boolean
  connect_timeout: number
} {
  const address = typeof target === 'string' ? parseUrl(target) : target
  return {
    host: address.host,
    port: address.port ?? 5432,
    database: address.database,
    username: address.user,
    password: address.password ?? '',
    ssl: address.ssl ?? false,
    connect_timeout: (options.connectTimeoutMs ?? 5000) / 1000,
  }
}

/** `database at host:port` for sentences. */
export function describeTarget(target: DatabaseTarget): string {
  const { database, host, port } = connectionSettings(target)
  return `${database} at ${host}:${port}`
}

/** Throws OperatorError, which shows no part of the URL. */
function parseUrl(text: string): DatabaseAddress {
  const parsed = parsePostgresUrl(text)
  if ('problem' in parsed)
    throw new OperatorError(
      `The URL of the database ${parsed.problem}.`,
      'Write it as postgres://user:password@host:5432/database, or give host, user and password apart.',
    )
  const { url, password, path } = parsed
  const sslmode = url.searchParams.get('sslmode')
  const user = parsed.user || 'postgres'
  return {
    host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    ...(url.port !== '' && { port: Number(url.port) }),
    database: path || user,
    user,
    ...(password !== '' && { password }),
    ssl: sslmode !== null && sslmode !== 'disable',
  }
}
