import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, secretText, section, text } from '../field.ts'

export const RedisConfig = section(
  'Redis: either `url`, or `host` and a password. Encrypt it as one value.',
  {
    url: Type.Optional(secretText('`redis://user:password@host:6379/0`, `rediss://` for TLS')),
    host: Type.Optional(text('Host name or address.')),
    port: count(6379, 'Port, with `host`.', 1, 65_535),
    user: Type.Optional(text('ACL user, with `host`. Default: the default user.')),
    password: Type.Optional(secretText('Password, with `host`.')),
    passwordFile: Type.Optional(text('File with the password, relative to the config file.')),
    database: count(0, 'Number of the database, with `host`.', 0, 1023),
    tls: Type.Boolean({ default: false, description: 'Use TLS, with `host`.' }),
    prefix: Type.String({
      default: 'alkhub',
      pattern: '^[a-z0-9][a-z0-9-]{0,30}$',
      description:
        'Prefix of every key and channel. Deployments that share a Redis need different prefixes.',
    }),
    connectTimeoutMs: ms(5000, 'Time to get a connection.'),
  },
)
export type RedisConfig = Static<typeof RedisConfig>
