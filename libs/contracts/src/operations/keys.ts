import { SECRET_KEYWORD } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, page, pageInput, Resources, ScopeName, Timestamp, Uuid } from '../schemas.ts'
import { NAME_PATTERN } from '../names.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

const Name = Type.String({ minLength: 1, maxLength: 128, pattern: NAME_PATTERN })
const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 16 })

const Description = Type.String({ maxLength: 1024 })
const ForAccount = Type.String({
  format: 'uuid',
  description: 'The account, if it is not that of the caller. For admins, with `accounts:write`.',
})

/** A key without its secret, which is never returned again. */
export const ApiKey = Type.Object({
  keyId: Uuid,
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  hint: Type.Optional(Type.String({ description: 'How the key begins.' })),
  ownerId: Uuid,
  scopes: Type.Array(ScopeName),
  resources: Type.Optional(Resources),
  tags: Type.Array(Type.String()),
  enabled: Type.Boolean(),
  createdAt: Timestamp,
  expiresAt: Type.Optional(Timestamp),
  revokedAt: Type.Optional(Timestamp),
  lastUsedAt: Type.Optional(Timestamp),
  rotatedTo: Type.Optional(
    Type.String({ format: 'uuid', description: 'The key that replaced it.' }),
  ),
  rotatedAt: Type.Optional(Timestamp),
})
export type ApiKey = Static<typeof ApiKey>

export const KeysCreateInput = Type.Object(
  {
    name: Name,
    scopes: Type.Array(ScopeName, {
      maxItems: 64,
      description: 'At most the scopes of the caller.',
    }),
    resources: Type.Optional(Resources),
    tags: Type.Optional(Tags),
    expiresAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'Not later than the end of the key that creates it. Default: that end.',
      }),
    ),
    description: Type.Optional(Description),
    accountId: Type.Optional(ForAccount),
  },
  closed,
)
export type KeysCreateInput = Static<typeof KeysCreateInput>

export const KeyWithSecret = Type.Composite([
  ApiKey,
  Type.Object({ key: Type.String({ description: 'Returned only once.', [SECRET_KEYWORD]: true }) }),
])
export type KeyWithSecret = Static<typeof KeyWithSecret>

export const KeysListInput = Type.Object(
  {
    includeRevoked: Type.Optional(Type.Boolean()),
    accountId: Type.Optional(ForAccount),
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'Only keys with this text in their name, in any case, or that begin with it.',
      }),
    ),
    ...pageInput,
  },
  closed,
)
export type KeysListInput = Static<typeof KeysListInput>

export const KeysRotateInput = Type.Object(
  {
    keyId: Uuid,
    graceMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 7 * 24 * 3600 * 1000,
        description: 'Milliseconds during which the old key stays valid. Default: 0.',
      }),
    ),
    moveGrants: Type.Optional(
      Type.Boolean({
        description:
          'Whether queued calls and schedules of the old key continue with the new one. Default: true. Set false for a leaked key: they then end with the old key.',
      }),
    ),
  },
  closed,
)
export type KeysRotateInput = Static<typeof KeysRotateInput>

export const KeyRef = Type.Object({ keyId: Uuid }, closed)
export type KeyRef = Static<typeof KeyRef>

export const KeysUpdateInput = Type.Object(
  {
    keyId: Uuid,
    name: Type.Optional(Name),
    description: Type.Optional(Type.Union([Description, Type.Null()])),
    scopes: Type.Optional(Type.Array(ScopeName, { maxItems: 64 })),
    resources: Type.Optional(Resources),
    tags: Type.Optional(Tags),
    expiresAt: Type.Optional(Type.Union([Timestamp, Type.Null()])),
    enabled: Type.Optional(Type.Boolean()),
  },
  { ...closed, minProperties: 2 },
)
export type KeysUpdateInput = Static<typeof KeysUpdateInput>

export const KeysRevokeOutput = Type.Object({ keyId: Uuid, revokedAt: Timestamp })
export type KeysRevokeOutput = Static<typeof KeysRevokeOutput>

export const keysOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: mutation('keys.create', {
      title: 'Create a key',
      description:
        'Creates a key for the account of the caller, with at most the scopes of the caller.',
      secretOutput: true,
      input: KeysCreateInput,
      output: KeyWithSecret,
      scopes: [SCOPES.KEYS_WRITE],
      errors: notFound('ACCOUNT_NOT_FOUND', 'account'),
    }),
  },
  {
    service: 'gateway',
    spec: query('keys.list', {
      title: 'List keys',
      description: "The keys of the caller's account, newest first, without their secrets.",
      input: KeysListInput,
      output: page(ApiKey),
      scopes: [SCOPES.KEYS_READ],
      errors: notFound('ACCOUNT_NOT_FOUND', 'account'),
    }),
  },
  {
    service: 'gateway',
    spec: query('keys.get', {
      title: 'One key',
      description: "A key of the caller's account, revoked ones included, without its secret.",
      input: KeyRef,
      output: ApiKey,
      scopes: [SCOPES.KEYS_READ],
      errors: notFound('KEY_NOT_FOUND', 'key'),
    }),
  },
  {
    service: 'gateway',
    spec: mutation('keys.update', {
      title: 'Change a key',
      description:
        'Changes only the members that are given; `enabled: false` disables a key until it is enabled again. The key of the caller must have all rights of the changed key. A key that gains rights ends no later than the key of the caller, and the end of a rotated key cannot be moved to a later time. Takes effect in every process within a second.',
      input: KeysUpdateInput,
      output: ApiKey,
      scopes: [SCOPES.KEYS_WRITE],
      errors: notFound('KEY_NOT_FOUND', 'key'),
      hints: { idempotent: true },
    }),
  },
  {
    service: 'gateway',
    spec: mutation('keys.rotate', {
      title: 'Rotate a key',
      description:
        'Creates a key with the same rights and the same end, and ends the old one after the grace period. The key of the caller must have these rights and must not end earlier.',
      secretOutput: true,
      input: KeysRotateInput,
      output: KeyWithSecret,
      scopes: [SCOPES.KEYS_WRITE],
      errors: notFound('KEY_NOT_FOUND', 'key'),
    }),
  },
  {
    service: 'gateway',
    spec: mutation('keys.revoke', {
      title: 'Revoke a key',
      description:
        'Revokes a key permanently; the caller must have all of its rights. Every process refuses it within a second.',
      input: KeyRef,
      output: KeysRevokeOutput,
      scopes: [SCOPES.KEYS_WRITE],
      errors: notFound('KEY_NOT_FOUND', 'key'),
      hints: { destructive: true, idempotent: true },
    }),
  },
]
