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

function parseUrl(text: string): DatabaseAddress {
  if (!URL.canParse(text)) throw new TypeError('the URL of the database is malformed')
  const url = new URL(text)
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    throw new TypeError('the URL of the database must begin with postgres://')
  }
  const sslmode = url.searchParams.get('sslmode')
  const user = decodeURIComponent(url.username) || 'postgres'
  return {
    host: decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    ...(url.port !== '' && { port: Number(url.port) }),
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    user,
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    ssl: sslmode !== null && sslmode !== 'disable',
  }
}
