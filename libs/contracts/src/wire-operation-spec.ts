import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { OPERATION_NAME_PATTERN } from './names.ts'
import { OperationTypeName, ScopeName } from './schemas.ts'

const Schema = Type.Union([Type.Boolean(), Type.Record(Type.String(), Type.Unknown())], {
  description: 'JSON Schema, 2020-12 or draft-07.',
})
const Text = (maxLength: number) => Type.String({ maxLength })

/** `accessControl` of an operation. The scopes are the author's own, so only their form is fixed. */
export const WireAccessControl = Type.Object({
  requiredScopes: Type.Array(ScopeName, { maxItems: 32 }),
  requiredScopesAny: Type.Optional(Type.Array(ScopeName, { maxItems: 32 })),
  resourceType: Type.Optional(Text(64)),
  resourceAction: Type.Optional(Text(64)),
  resourceFrom: Type.Optional(Type.String({ pattern: '^/', maxLength: 256 })),
})

/** `OperationSpec` as it travels: what a spoke registers and what list, search and schema show. */
export const WireOperationSpec = Type.Object({
  namespace: Type.String({ pattern: OPERATION_NAME_PATTERN }),
  name: Type.String({ pattern: OPERATION_NAME_PATTERN }),
  version: Type.String({ minLength: 1, maxLength: 64 }),
  type: OperationTypeName,
  description: Text(4096),
  title: Type.Optional(Text(256)),
  tags: Type.Optional(Type.Array(Text(64), { maxItems: 32 })),
  inputSchema: Schema,
  outputSchema: Schema,
  errorSchemas: Type.Optional(
    Type.Array(
      Type.Object({
        code: Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,63}$' }),
        description: Text(1024),
        schema: Type.Unknown(),
        httpStatus: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
      }),
      { maxItems: 64 },
    ),
  ),
  accessControl: WireAccessControl,
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
export type WireOperationSpec = Static<typeof WireOperationSpec>
