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
  /** Default false. True behind a pooler that lends a connection for one transaction: nothing may rest on a session. */
  readonly pooler?: boolean
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
  const address = addressOf(target)
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

function addressOf(target: DatabaseTarget): DatabaseAddress {
  return typeof target === 'string' ? parseUrl(target) : target
}

/** Is the database reached through a pooler that lends a connection for one transaction (`?pooler=transaction`)? */
export function isPooled(target: DatabaseTarget): boolean {
  return addressOf(target).pooler === true
}

/** Throws OperatorError when the database is reached through a pooler. `what` needs a session. */
export function requireSession(target: DatabaseTarget, what: string): void {
  if (!isPooled(target)) return
  throw new OperatorError(
    `${what} needs a session with PostgreSQL, and the config says that it is reached through a pooler.`,
    'Give this command a config with the address of PostgreSQL itself, and `pooler` false.',
  )
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
    pooler: url.searchParams.get('pooler') === 'transaction',
  }
}
