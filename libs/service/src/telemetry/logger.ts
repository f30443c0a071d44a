import type { LoggingConfig } from '@alkdev/config'
import { pino } from 'pino'
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
      redact: { paths: hiddenPaths(), censor: '[hidden]' },
      hooks: {
        streamWrite: (line) => (pretty ? prettyPrint(redactSecrets(line)) : redactSecrets(line)),
      },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  )
}
