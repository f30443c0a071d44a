import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, section, text } from '../field.ts'

export const OutboundConfig = section(
  'The addresses to which the hub connects for its users: model providers and other outside services.',
  {
    allow: Type.Array(
      text('A network such as `10.20.0.0/16` or `fd00::/8`, or a single address.'),
      {
        default: [],
        maxItems: 100,
        description:
          'Allowed addresses that are not public. All other loopback, private, link-local and special addresses are refused, for every name that resolves to them.',
      },
    ),
    denyPorts: Type.Array(count(0, 'A port.', 1, 65_535), {
      default: [],
      maxItems: 100,
      description:
        'Ports that remain refused at the addresses of `allow`: those of the hub itself, of PostgreSQL and of Redis.',
    }),
  },
)
export type OutboundConfig = Static<typeof OutboundConfig>
