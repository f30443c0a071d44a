import { Type } from '@alkdev/typebox'

const Scope = Type.String({ minLength: 1, maxLength: 200 })
const Resource = Type.String({ minLength: 1, maxLength: 64, pattern: '^[^:]+$' })
const SchemaLike = Type.Unknown()

/** Of a namespace and of an operation's name: an id `namespace.name` splits at its dot in one way. */
export const NAME_PATTERN = '^[A-Za-z][A-Za-z0-9_-]{0,63}$'

export const AccessControlSchema = Type.Object({
  requiredScopes: Type.Array(Scope, { maxItems: 64 }),
  requiredScopesAny: Type.Optional(Type.Array(Scope, { maxItems: 64 })),
  resourceType: Type.Optional(Resource),
  resourceAction: Type.Optional(Resource),
  resourceFrom: Type.Optional(Type.String({ maxLength: 256, format: 'json-pointer' })),
})

export const ErrorDefinitionSchema = Type.Object({
  code: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,63}$' }),
  description: Type.String({ maxLength: 4096 }),
  schema: SchemaLike,
  httpStatus: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
})

/** The serialisable part of an operation. `inputSchema` and the like are JSON Schemas, which `validateSpec` compiles. */
export const OperationSpecSchema = Type.Object({
  namespace: Type.String({ pattern: NAME_PATTERN }),
  name: Type.String({ pattern: NAME_PATTERN }),
  version: Type.String({ minLength: 1, maxLength: 64 }),
  type: Type.Union([Type.Literal('query'), Type.Literal('mutation'), Type.Literal('subscription')]),
  description: Type.String({ maxLength: 16_384 }),
  title: Type.Optional(Type.String({ maxLength: 200 })),
  tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 64 })),
  inputSchema: SchemaLike,
  outputSchema: SchemaLike,
  errorSchemas: Type.Optional(Type.Array(ErrorDefinitionSchema, { maxItems: 64 })),
  accessControl: AccessControlSchema,
  retry: Type.Optional(
    Type.Union([Type.Literal('safe'), Type.Literal('keyed'), Type.Literal('never')]),
  ),
  resumable: Type.Optional(Type.Boolean()),
  pool: Type.Optional(Type.Boolean()),
  record: Type.Optional(Type.Union([Type.Literal('after'), Type.Literal('before-reply')])),
  hints: Type.Optional(
    Type.Object({
      readOnly: Type.Optional(Type.Boolean()),
      destructive: Type.Optional(Type.Boolean()),
      idempotent: Type.Optional(Type.Boolean()),
      consent: Type.Optional(Type.Boolean()),
    }),
  ),
  _meta: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})

/** A spec with its handler. */
export const OperationDefinitionSchema = Type.Intersect([
  OperationSpecSchema,
  Type.Object({ handler: Type.Unknown() }),
])

export const IdentitySchema = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 256 }),
  scopes: Type.Array(Scope, { maxItems: 1024 }),
  resources: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
  keyId: Type.Optional(Type.String()),
  orgIds: Type.Optional(Type.Array(Type.String())),
  sessionId: Type.Optional(Type.String()),
})

/** The part of a handler's context that is data; its signal and env are not. */
export const OperationContextSchema = Type.Object({
  requestId: Type.Optional(Type.String()),
  parentRequestId: Type.Optional(Type.String()),
  depth: Type.Optional(Type.Integer()),
  identity: Type.Optional(IdentitySchema),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  deadline: Type.Optional(Type.Number()),
  idempotencyKey: Type.Optional(Type.String()),
  traceparent: Type.Optional(Type.String()),
})
