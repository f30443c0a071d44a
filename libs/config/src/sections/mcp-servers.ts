import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { ms, secretText, text } from '../field.ts'

export const McpServerConfig = Type.Object(
  {
    url: Type.Optional(text('Streamable HTTP endpoint. Either this or `command`.')),
    headers: Type.Optional(
      Type.Record(Type.String(), secretText('Value of the header.'), {
        description: 'Sent with each request to `url`.',
      }),
    ),
    command: Type.Optional(text('Program that speaks MCP over its standard input and output.')),
    args: Type.Array(text('One argument; never a secret.'), {
      default: [],
      maxItems: 100,
      description: 'Arguments of `command`.',
    }),
    enabled: Type.Boolean({ default: true, description: 'Connect to it.' }),
    timeoutMs: ms(30_000, 'Time for one request.'),
  },
  // Members of a record get their own defaults only when their schema has one itself.
  { additionalProperties: false, default: {}, description: 'One outside MCP server.' },
)
export type McpServerConfig = Static<typeof McpServerConfig>

export const McpServersConfig = Type.Record(
  Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
  McpServerConfig,
  {
    default: {},
    additionalProperties: false,
    description: 'Outside MCP servers by name; the name is the namespace of their tools.',
  },
)
export type McpServersConfig = Static<typeof McpServersConfig>
