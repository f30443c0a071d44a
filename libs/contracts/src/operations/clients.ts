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

const Secret = Type.String({
  minLength: 1,
  maxLength: 16_384,
  description: 'Stored encrypted, never shown again.',
  [SECRET_KEYWORD]: true,
})

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
    secret: Type.Optional(Secret),
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
        description: 'By the schema of the type; takes the place of the former one.',
      }),
    ),
    secret: Type.Optional(
      Type.Union([Secret, Type.Null()], {
        description: 'Takes the place of the former one; null removes it.',
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
