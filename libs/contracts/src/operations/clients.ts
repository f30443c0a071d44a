import { SECRET_KEYWORD } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { CLIENT_TYPES } from '../client-types.ts'
import { SPOKE_NAME_PATTERN } from '../names.ts'
import { closed, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

export const ClientName = Type.String({ pattern: SPOKE_NAME_PATTERN })
export const ClientTypeName = Type.Union(CLIENT_TYPES.map((type) => Type.Literal(type)))

export const ClientSecret = Type.String({
  minLength: 1,
  maxLength: 16_384,
  description: 'Stored encrypted, never shown again.',
  [SECRET_KEYWORD]: true,
})

const SecretName = Type.String({ pattern: SPOKE_NAME_PATTERN })

/** The connection to an outside service whose tools or paths become operations. */
export const ClientConnectionView = Type.Object({
  status: Type.Union(
    ['off', 'connecting', 'connected', 'failed'].map((state) => Type.Literal(state)),
    {
      description:
        '`connecting`: being opened, or lost a few seconds ago. `failed`: not reached for longer; the hub keeps trying.',
    },
  ),
  lastError: Type.Optional(Type.String()),
  operations: Type.Integer({ minimum: 0, description: 'Operations that can be called.' }),
  held: Type.Integer({ minimum: 0, description: 'Definitions that wait to be accepted.' }),
  offered: Type.Integer({ minimum: 0, description: 'Tools or paths at the service.' }),
  connectedAt: Type.Optional(Timestamp),
  checkedAt: Type.Optional(Timestamp),
  protocolVersion: Type.Optional(Type.String()),
})
export type ClientConnectionView = Static<typeof ClientConnectionView>

/** An outside service to which the hub may connect. Of its secret only the presence is shown. */
export const Client = Type.Object({
  clientId: Uuid,
  name: ClientName,
  type: ClientTypeName,
  config: Type.Record(Type.String(), Type.Unknown()),
  enabled: Type.Boolean(),
  ownerId: Uuid,
  orgId: Type.Optional(Uuid),
  hasSecret: Type.Boolean(),
  keys: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Names of the API keys of a model provider; `secret` is that of `secret`.',
    }),
  ),
  managed: Type.Optional(
    Type.Boolean({
      description: 'From the configuration of the hub; operations do not change it.',
    }),
  ),
  connection: Type.Optional(ClientConnectionView),
  createdAt: Timestamp,
})
export type Client = Static<typeof Client>

export const ClientsCreateInput = Type.Object(
  {
    name: ClientName,
    type: ClientTypeName,
    config: Type.Record(Type.String(), Type.Unknown(), {
      description: 'By the schema of the type.',
    }),
    secret: Type.Optional(ClientSecret),
    secrets: Type.Optional(
      Type.Record(SecretName, ClientSecret, {
        ...closed,
        maxProperties: 31,
        description: 'Further API keys of a model provider, by their names.',
      }),
    ),
    enabled: Type.Optional(Type.Boolean()),
    orgId: Type.Optional(
      Type.String({
        format: 'uuid',
        description: 'Whose members see and use it; for owner and admins of that organization.',
      }),
    ),
  },
  closed,
)
export type ClientsCreateInput = Static<typeof ClientsCreateInput>

export const ClientsListInput = Type.Object(
  { type: Type.Optional(ClientTypeName), orgId: Type.Optional(Uuid), ...pageInput },
  closed,
)
export type ClientsListInput = Static<typeof ClientsListInput>

export const ClientRef = Type.Object({ name: ClientName }, closed)
export type ClientRef = Static<typeof ClientRef>

export const ClientsUpdateInput = Type.Object(
  {
    name: ClientName,
    config: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'By the schema of the type; replaces the former one.',
      }),
    ),
    secret: Type.Optional(
      Type.Union([ClientSecret, Type.Null()], {
        description: 'Takes the place of the former one; null removes it.',
      }),
    ),
    secrets: Type.Optional(
      Type.Record(SecretName, Type.Union([ClientSecret, Type.Null()]), {
        ...closed,
        maxProperties: 31,
        description:
          'Further API keys of a model provider, by their names. Keys that are not named stay; null removes one.',
      }),
    ),
    enabled: Type.Optional(Type.Boolean()),
  },
  { ...closed, minProperties: 2 },
)
export type ClientsUpdateInput = Static<typeof ClientsUpdateInput>

export const ClientsDeleteOutput = Type.Object({ clientId: Uuid, name: ClientName })
export type ClientsDeleteOutput = Static<typeof ClientsDeleteOutput>

export const clientsOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: mutation('clients.create', {
      title: 'Add an outside service',
      description:
        'Stores an outside service (model provider, OpenAPI or MCP server, ...) with its secret.',
      input: ClientsCreateInput,
      output: Client,
      scopes: [SCOPES.CLIENTS_WRITE],
      errors: notFound('ORG_NOT_FOUND', 'organization'),
    }),
  },
  {
    service: 'gateway',
    spec: query('clients.list', {
      title: 'List outside services',
      description:
        "The outside services of the caller's account and organizations, by name, without their secrets.",
      input: ClientsListInput,
      output: page(Client),
      scopes: [SCOPES.CLIENTS_READ],
    }),
  },
  {
    service: 'gateway',
    spec: query('clients.get', {
      title: 'One outside service',
      description: 'An outside service that the caller may see, without its secret.',
      input: ClientRef,
      output: Client,
      scopes: [SCOPES.CLIENTS_READ],
      errors: notFound('CLIENT_NOT_FOUND', 'client'),
    }),
  },
  {
    service: 'gateway',
    spec: mutation('clients.update', {
      title: 'Change an outside service',
      description:
        'Changes what is given and nothing else; replaces or removes its secret. For who added it, and for owner and admins of its organization.',
      input: ClientsUpdateInput,
      output: Client,
      scopes: [SCOPES.CLIENTS_WRITE],
      errors: notFound('CLIENT_NOT_FOUND', 'client'),
      hints: { idempotent: true },
    }),
  },
  {
    service: 'gateway',
    spec: mutation('clients.delete', {
      title: 'Remove an outside service',
      description: 'Removes an outside service and its secret. For who may change it.',
      input: ClientRef,
      output: ClientsDeleteOutput,
      scopes: [SCOPES.CLIENTS_WRITE],
      errors: notFound('CLIENT_NOT_FOUND', 'client'),
      hints: { destructive: true },
    }),
  },
]
