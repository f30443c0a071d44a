import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

const subject = {
  keyId: Type.Optional(Uuid),
  accountId: Type.Optional(Uuid),
  orgId: Type.Optional(Uuid),
}

const Requests = Type.Optional(
  Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000_000_000 }), Type.Null()], {
    description: 'Maximum requests. 0: no limit; null: the value of the config; absent: unchanged.',
  }),
)

const Queued = (what: string) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum: 0, maximum: 100_000 }), Type.Null()], {
      description: `${what} of an account. 0: no limit; null: the value of the config; absent: unchanged.`,
    }),
  )

/** One limit and what is left of it. */
export const RequestLimit = Type.Object({
  of: oneOf(['key', 'account', 'organization']),
  id: Uuid,
  window: oneOf(['minute', 'day', 'month']),
  limit: Type.Integer(),
  remaining: Type.Optional(
    Type.Integer({ description: 'Absent while Redis, which counts the requests, is unavailable.' }),
  ),
  resetAt: Type.Optional(Timestamp),
})
export type RequestLimit = Static<typeof RequestLimit>

export const LimitsGetInput = Type.Object(subject, { ...closed, maxProperties: 1 })
export type LimitsGetInput = Static<typeof LimitsGetInput>

export const LimitsOutput = Type.Object({
  items: Type.Array(RequestLimit),
  queued: Type.Optional(
    Type.Object(
      {
        accountId: Uuid,
        atATime: Type.Optional(Type.Integer()),
        perSecond: Type.Optional(Type.Integer()),
      },
      {
        description:
          'Limits of its own that the account has for its queued calls: how many run at a time, and attempts that are started in a second. 0: no limit; absent: those of the config.',
      },
    ),
  ),
})
export type LimitsOutput = Static<typeof LimitsOutput>

export const LimitsSetInput = Type.Object(
  {
    ...subject,
    perMinute: Requests,
    perDay: Requests,
    perMonth: Requests,
    queuedAtATime: Queued('Queued calls that run at a time'),
    queuedPerSecond: Queued('Attempts of queued calls that are started in a second'),
  },
  { ...closed, minProperties: 2 },
)
export type LimitsSetInput = Static<typeof LimitsSetInput>

const errors = [
  ...notFound('KEY_NOT_FOUND', 'key'),
  ...notFound('ACCOUNT_NOT_FOUND', 'account'),
  ...notFound('ORG_NOT_FOUND', 'organization'),
]

export const limitsOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: query('limits.get', {
      title: 'How many requests are left',
      description:
        "The limits of the caller's requests, or those of one key, account or organization that the caller may see; empty when there are none.",
      input: LimitsGetInput,
      output: LimitsOutput,
      scopes: [SCOPES.LIMITS_READ],
      errors,
    }),
  },
  {
    service: 'gateway',
    spec: mutation('limits.set', {
      title: 'Limit requests',
      description:
        'Sets limits per minute, day and month for one key, account or organization, and limits of the queued calls of an account; they replace those of the config. For admins. Takes effect within a second.',
      input: LimitsSetInput,
      output: LimitsOutput,
      scopes: [SCOPES.LIMITS_WRITE],
      errors,
      hints: { idempotent: true },
    }),
  },
]
