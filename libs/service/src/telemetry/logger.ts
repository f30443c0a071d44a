import type { LoggingConfig } from '@alkdev/config'
import { pino, stdSerializers } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import { prettyPrint } from './pretty-print.ts'
import { redactSecrets } from './redact-secrets.ts'

export interface LoggerOptions extends LoggingConfig {
  /** Service name, in every line. */
  readonly name: string
  /** Default: standard output. */
  readonly destination?: DestinationStream
}

/** Names of fields that are never written, up to two levels deep. */
const HIDDEN_FIELDS = [
  'authorization',
  'password',
  'secret',
  'token',
  'sessionToken',
  'key',
  'apiKey',
  'masterKey',
  'busKey',
  'cookie',
]
const HIDDEN_HEADERS = ['authorization', '["x-api-key"]', 'cookie', '["sec-websocket-protocol"]']

/**
 * An error as the log shows it. Its type is the name of its class: a bundle gives a class that mentions itself a name with an underscore before it. An error of Redis carries the command that failed with its arguments, for instance the password of AUTH: only the
 * name of the command is written.
 */
function loggedError(error: unknown): unknown {
  const logged: unknown = stdSerializers.err(error as Error)
  return typeof logged === 'object' && logged !== null ? withoutArguments({ ...logged }) : logged
}

function withoutArguments(logged: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(logged).map(([name, value]) => {
      if (name === 'type' && typeof value === 'string') return [name, value.replace(/^_/, '')]
      if (typeof value !== 'object' || value === null) return [name, value]
      if (name === 'command') return [name, (value as { readonly name?: unknown }).name]
      if (name === 'aggregateErrors' && Array.isArray(value))
        return [name, value.map((one) => withoutArguments(one as typeof logged))]
      // Another error, such as the last one of a Redis Cluster.
      return [name, 'stack' in value ? withoutArguments(value) : value]
    }),
  )
}

function hiddenPaths(): string[] {
  return [
    ...HIDDEN_FIELDS,
    ...HIDDEN_FIELDS.map((field) => `*.${field}`),
    ...HIDDEN_HEADERS.map((name) => (name.startsWith('[') ? `headers${name}` : `headers.${name}`)),
  ]
}

/**
 * The log of a service: JSON lines (or pretty-printed lines) on standard output. Fields with secret names are removed, and everything that
 * looks like a key, a bearer token or the password of a URL is removed from every line, so that a careless message can't leak one.
 */
export function createLogger(options: LoggerOptions): Logger {
  const pretty = options.format === 'pretty'
  return pino(
    {
      level: options.level,
      base: { service: options.name },
      messageKey: 'msg',
      serializers: { err: loggedError },
      redact: { paths: hiddenPaths(), censor: '[hidden]' },
      hooks: {
        streamWrite: (line) => (pretty ? prettyPrint(redactSecrets(line)) : redactSecrets(line)),
      },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  )
}
