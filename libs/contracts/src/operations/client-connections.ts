import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Timestamp } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { ClientConnectionView, ClientName, ClientRef, ClientSecret } from './clients.ts'
import { mutation, notFound, query } from './define.ts'

const RefusedTool = Type.Object({ name: Type.String(), reason: Type.String() })

/** A definition as it is compared: what a caller, or a model, reads of it. */
const Definition = Type.Object({
  title: Type.Optional(Type.String()),
  description: Type.String(),
  type: Type.Optional(
    Type.String({ description: '`query` for a tool that says that it only reads.' }),
  ),
  hints: Type.Optional(Type.Unknown()),
  inputSchema: Type.Unknown(),
  outputSchema: Type.Unknown(),
})

export const ClientOperation = Type.Object({
  operationId: Type.String(),
  tool: Type.String({ description: 'Its name at the service.' }),
  status: Type.Union([
    Type.Literal('active'),
    Type.Literal('quarantined'),
    Type.Literal('inactive'),
  ]),
  reason: Type.Optional(Type.String()),
  changedAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'When the service changed its definition.' }),
  ),
  held: Type.Optional(
    Type.Object(
      {
        changes: Type.Array(Type.String()),
        accepted: Definition,
        offered: Definition,
        hash: Type.Optional(
          Type.String({ description: 'Of the new definition, for `hashes` of `clients.accept`.' }),
        ),
      },
      {
        description:
          'A changed definition that waits to be accepted: the accepted one and the new one.',
      },
    ),
  ),
})
export type ClientOperation = Static<typeof ClientOperation>

export const ClientsStatusInput = Type.Object(
  {
    name: ClientName,
    held: Type.Optional(
      Type.Boolean({ description: 'Only operations whose changed definition waits.' }),
    ),
    after: Type.Optional(Type.String({ description: '`nextAfter` of the page before.' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, description: '50 when absent.' }),
    ),
  },
  closed,
)
export type ClientsStatusInput = Static<typeof ClientsStatusInput>

export const ClientStatus = Type.Object({
  name: ClientName,
  connection: ClientConnectionView,
  refused: Type.Array(RefusedTool, {
    description: 'Tools or paths that did not become operations, 100 at most.',
  }),
  operations: Type.Array(ClientOperation),
  nextAfter: Type.Optional(Type.String()),
})
export type ClientStatus = Static<typeof ClientStatus>

export const ClientsTestInput = Type.Object(
  {
    name: Type.Optional(ClientName),
    type: Type.Optional(Type.Union([Type.Literal('mcp-server'), Type.Literal('openapi')])),
    config: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'As for `clients.create`, instead of `name`.',
      }),
    ),
    secret: Type.Optional(ClientSecret),
  },
  closed,
)
export type ClientsTestInput = Static<typeof ClientsTestInput>

export const ClientTrial = Type.Object({
  ok: Type.Boolean(),
  durationMs: Type.Integer({ minimum: 0 }),
  protocolVersion: Type.Optional(Type.String()),
  offered: Type.Integer({ minimum: 0 }),
  operations: Type.Array(
    Type.Object({ name: Type.String(), title: Type.Optional(Type.String()) }),
    { description: 'The first 50 that become operations.' },
  ),
  usable: Type.Integer({ minimum: 0, description: 'How many become operations.' }),
  refused: Type.Array(RefusedTool),
  error: Type.Optional(
    Type.Object({ code: Type.String(), message: Type.String(), fix: Type.String() }),
  ),
})
export type ClientTrial = Static<typeof ClientTrial>

export const ClientRefreshed = Type.Object({
  name: ClientName,
  connection: ClientConnectionView,
  at: Timestamp,
})
export type ClientRefreshed = Static<typeof ClientRefreshed>

export const ClientsAcceptInput = Type.Object(
  {
    name: ClientName,
    operations: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 2000,
        description: 'Names without the name of the client. Default: all that wait.',
      }),
    ),
    hashes: Type.Optional(
      Type.Array(Type.String({ minLength: 8, maxLength: 128 }), {
        minItems: 1,
        maxItems: 2000,
        description:
          'Only definitions with these hashes, which `clients.status` shows; the first eight characters suffice. When none of the definitions that wait has one of them, nothing is accepted (`CONFLICT`): it has changed since it was shown.',
      }),
    ),
  },
  closed,
)
export type ClientsAcceptInput = Static<typeof ClientsAcceptInput>

export const ClientsAccepted = Type.Object({
  name: ClientName,
  accepted: Type.Array(Type.String()),
})
export type ClientsAccepted = Static<typeof ClientsAccepted>

export const clientConnectionsOperations: readonly ServiceOperation[] = [
  {
    service: 'mcp',
    spec: query('clients.status', {
      title: 'State of the connection to an outside service',
      description:
        'The connection to an outside MCP server or OpenAPI service, its last error, its operations, what was refused, and changed definitions that wait to be accepted.',
      input: ClientsStatusInput,
      output: ClientStatus,
      scopes: [SCOPES.CLIENTS_READ],
      errors: notFound('CLIENT_NOT_FOUND', 'client'),
    }),
  },
  {
    service: 'mcp',
    spec: mutation('clients.test', {
      title: 'Try an outside service',
      description:
        'Connects to an outside MCP server or OpenAPI service, reads what it offers and disconnects. For one that is stored (`name`) or one that is not yet (`type` and `config`). Stores nothing.',
      input: ClientsTestInput,
      output: ClientTrial,
      scopes: [SCOPES.CLIENTS_WRITE],
      errors: notFound('CLIENT_NOT_FOUND', 'client'),
      hints: { idempotent: true },
    }),
  },
  {
    service: 'mcp',
    spec: mutation('clients.refresh', {
      title: 'Read the tools of an outside service again',
      description:
        'Reads the tools or paths of an outside service again, and connects again if there is no connection. Answers when that is done, at the latest after 20 s.',
      input: ClientRef,
      output: ClientRefreshed,
      scopes: [SCOPES.CLIENTS_WRITE],
      errors: notFound('CLIENT_NOT_FOUND', 'client'),
      hints: { idempotent: true },
    }),
  },
  {
    service: 'mcp',
    spec: mutation('clients.accept', {
      title: 'Accept changed tools of an outside service',
      description:
        'Accepts changed definitions and new tools that were held back: they take the place of the former ones.',
      input: ClientsAcceptInput,
      output: ClientsAccepted,
      scopes: [SCOPES.CLIENTS_WRITE],
      errors: notFound('CLIENT_NOT_FOUND', 'client'),
      hints: { idempotent: true },
    }),
  },
]
