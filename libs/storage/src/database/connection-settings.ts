import { isIP } from 'node:net'
import type { Secret } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { compact, parsePostgresUrl } from '@alkdev/std'

/** The address of the database: a `postgres://` URL, or its parts. */
export type DatabaseTarget = string | DatabaseAddress

export interface DatabaseAddress {
  readonly host: string
  /** Default 5432. */
  readonly port?: number
  readonly database: string
  readonly user: string
  readonly password?: string
  /** Default false: the database is reached over a private network. With TLS the certificate and its host name are verified. */
  readonly ssl?: boolean | DatabaseTls
  /** Default false. True behind a pooler that lends a connection for one transaction: then no session state may be used. */
  readonly pooler?: boolean
}

/** Certificates as PEM texts. */
export interface DatabaseTls {
  /** Authorities that sign the certificate of the server. Default: those of Node. */
  readonly ca?: string
  /** Certificate of this client, with its key. */
  readonly cert?: string
  readonly key?: Secret
}

/** Options of `tls.connect`. */
interface TlsSettings {
  readonly host: string
  readonly servername?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** The options of the driver, including the password. */
export function connectionSettings(
  target: DatabaseTarget,
  options: { readonly connectTimeoutMs?: number } = {},
): {
  host: string
  port: number
  database: string
  username: string
  password: string
  ssl: false | TlsSettings
  connect_timeout: number
} {
  const address = addressOf(target)
  return {
    host: address.host,
    port: address.port ?? 5432,
    database: address.database,
    username: address.user,
    password: address.password ?? '',
    ssl: tlsSettings(address),
    connect_timeout: (options.connectTimeoutMs ?? 5000) / 1000,
  }
}

/** The driver alone would compare the certificate of a host that is an address with the name `localhost`. */
function tlsSettings({ host, ssl = false }: DatabaseAddress): false | TlsSettings {
  if (ssl === false) return false
  const { ca, cert, key } = ssl === true ? {} : ssl
  const servername = isIP(host) === 0 ? host : undefined
  return { host, ...compact({ servername, ca, cert, key: key?.reveal() }) }
}

/** The parts of a target. Throws OperatorError for an invalid URL. */
export function addressOf(target: DatabaseTarget): DatabaseAddress {
  return typeof target === 'string' ? parseUrl(target) : target
}

/** True when the database is reached through a pooler that lends a connection for one transaction (`?pooler=transaction`). */
export function isPooled(target: DatabaseTarget): boolean {
  return addressOf(target).pooler === true
}

/** Throws OperatorError when the database is reached through a pooler. `what`: the name of the action that needs a session. */
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

/** Throws OperatorError for an invalid URL, without any part of it. */
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
