import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, secretText, section, text } from '../field.ts'
import { tlsFiles } from '../tls-files.ts'

export const PostgresConfig = section(
  'The database: either `url`, or `host`, `user` and a password. Encrypt it as one value.',
  {
    url: Type.Optional(secretText('`postgres://user:password@host:5432/database`')),
    host: Type.Optional(text('Host name or address.')),
    port: count(5432, 'Port, with `host`.', 1, 65_535),
    user: Type.Optional(text('User, with `host`.')),
    password: Type.Optional(secretText('Password, with `host`.')),
    passwordFile: Type.Optional(text('File with the password, relative to the config file.')),
    database: text('Database, with `host`.', 'alkhub'),
    ssl: Type.Boolean({
      default: false,
      description:
        'Use TLS and verify the certificate and its host name, as `sslmode=verify-full` does in `url`.',
    }),
    ...tlsFiles,
    pooler: Type.Boolean({
      default: false,
      description:
        'The address is that of PgBouncer in transaction mode: no prepared statements, time-outs set in each transaction. `migrate` and the first admin key need PostgreSQL itself.',
    }),
    maxConnections: count(10, 'Connections of one process.', 1, 1000),
    connectTimeoutMs: ms(5000, 'Time to get a connection.'),
    statementTimeoutMs: ms(30_000, 'Time for one statement.'),
  },
)
export type PostgresConfig = Static<typeof PostgresConfig>
