import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, nodes, secretText, section, text } from '../field.ts'
import { tlsFiles } from '../tls-files.ts'

export const RedisConfig = section(
  'Redis: either `url`, or a password and one of `host`, `sentinel` and `cluster`. Encrypt it as one value.',
  {
    url: Type.Optional(secretText('`redis://user:password@host:6379/0`, `rediss://` for TLS')),
    host: Type.Optional(text('Host name or address.')),
    port: count(6379, 'Port, with `host`.', 1, 65_535),
    sentinel: Type.Optional(
      Type.Object(
        {
          nodes: nodes('The sentinels, each as `host:port`. One that answers is enough.'),
          name: text('Name under which they monitor the primary.', 'mymaster'),
          user: Type.Optional(text('ACL user of the sentinels.')),
          password: Type.Optional(secretText('Password of the sentinels. Default: none.')),
          tls: Type.Boolean({
            default: false,
            description: 'Reach the sentinels over TLS, too, with the same certificates.',
          }),
        },
        { additionalProperties: false, description: 'Sentinels that name the primary.' },
      ),
    ),
    cluster: Type.Optional(
      nodes(
        'Nodes of a Redis Cluster (Redis 7 or newer), each as `host:port`, that are asked for all others.',
      ),
    ),
    user: Type.Optional(text('ACL user, without `url`. Default: the default user.')),
    password: Type.Optional(secretText('Password, without `url`.')),
    passwordFile: Type.Optional(text('File with the password, relative to the config file.')),
    database: count(
      0,
      'Number of the database, without `url`. A Redis Cluster has only 0.',
      0,
      1023,
    ),
    tls: Type.Boolean({
      default: false,
      description: 'Use TLS and verify the certificate, without `url`.',
    }),
    ...tlsFiles,
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
