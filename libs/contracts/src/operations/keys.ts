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
  description: "Another account than the caller's. For admins, with `accounts:write`.",
})

/** A key without its secret, which can't be read again. */
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
    Type.String({ format: 'uuid', description: 'The key that took its place.' }),
  ),
  rotatedAt: Type.Optional(Timestamp),
})
export type ApiKey = Static<typeof ApiKey>

export const KeysCreateInput = Type.Object(
  {
    name: Name,
    scopes: Type.Array(ScopeName, {
      maxItems: 64,
      description: "At most the caller's own.",
    }),
    resources: Type.Optional(Resources),
    tags: Type.Optional(Tags),
    expiresAt: Type.Optional(
      Type.String({
        format: 'date-time',
        description:
          'At most the end of the key that makes it, which is also what holds when it is absent.',
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
  Type.Object({ key: Type.String({ description: 'Shown this once.', [SECRET_KEYWORD]: true }) }),
])
export type KeyWithSecret = Static<typeof KeyWithSecret>

export const KeysListInput = Type.Object(
  {
    includeRevoked: Type.Optional(Type.Boolean()),
    accountId: Type.Optional(ForAccount),
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
        description: 'Milliseconds that the old key stays good; 0 when absent.',
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
      description: "A new key for the caller's account, with at most the caller's own scopes.",
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
        "Changes what is given and nothing else; `enabled: false` stops a key until it is enabled again. Only a key that has all rights of the other one may change it; what the other one gains it has at most as long as the caller's key lives, and a rotated key takes no later end. Every process knows within a second.",
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
        'A new key with the same rights and the same end, which the caller must have too; the old one ends after the grace period.',
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
        'Ends a key for good; the caller must have all of its rights. Every process refuses it within a second.',
      input: KeyRef,
      output: KeysRevokeOutput,
      scopes: [SCOPES.KEYS_WRITE],
      errors: notFound('KEY_NOT_FOUND', 'key'),
      hints: { destructive: true, idempotent: true },
    }),
  },
]
