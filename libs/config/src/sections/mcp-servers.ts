import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { count, ms, secretText, text } from '../field.ts'

const Texts = (description: string) =>
  Type.Optional(Type.Array(text('A text.'), { maxItems: 200, description }))

/** One outside MCP server of the operator: over HTTP (`url`) or as a process of this machine (`command`). */
export const McpServerSetting = Type.Object(
  {
    url: Type.Optional(text('Streamable HTTP endpoint. Its address may be a private one.')),
    command: Type.Optional(
      text('Program that is started and spoken to over standard input and output.'),
    ),
    args: Texts('Arguments of the program.'),
    cwd: Type.Optional(text('Folder in which the program runs. Default: a new empty one.')),
    env: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }),
        secretText('A value.'),
        {
          description:
            'Variables of the program. Besides these it gets PATH, HOME, LANG and TMPDIR, and nothing else of the environment of the service.',
        },
      ),
    ),
    memoryMiB: Type.Optional(
      count(
        0,
        'Memory of the program and its children; beyond it they are ended. Default 512.',
        16,
        65_536,
      ),
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,128}$' }), secretText('A value.'), {
        description: 'Sent with each request to `url`.',
      }),
    ),
    secret: Type.Optional(secretText('Sent to `url` as a bearer token.')),
    timeoutMs: Type.Optional(
      ms(30_000, 'Time for one call without a message of the server.', 100, 600_000),
    ),
    scopes: Texts('Scopes that a caller needs for each of its operations.'),
    include: Texts('Only these tools become operations; `*` stands for any text.'),
    exclude: Texts('These tools do not become operations.'),
    pinned: Type.Optional(
      Type.Boolean({ description: 'A changed or new tool is held back until it is accepted.' }),
    ),
    owner: Type.Optional(
      text(
        'E-mail address of the account that owns it. Default: the first administrator of the hub.',
      ),
    ),
    organization: Type.Optional(text('Name of the organization whose members use it.')),
  },
  { additionalProperties: false },
)
export type McpServerSetting = Static<typeof McpServerSetting>

/** By the name under which its tools become operations. */
export const McpServersConfig = Type.Record(
  Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
  McpServerSetting,
  {
    default: {},
    additionalProperties: false,
    maxProperties: 100,
    description:
      'Outside MCP servers of the operator, by the name under which their tools become operations (`<name>.<tool>`). Each has a `url` or a `command`. Programs can be named only here: `clients.create` takes addresses alone.',
  },
)
export type McpServersConfig = Static<typeof McpServersConfig>
