import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Resources, ScopeName, Uuid } from '../schemas.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { query } from './define.ts'

export const AccountsMeInput = Type.Object({}, closed)

/** Who the hub takes the caller for. */
export const AccountsMeOutput = Type.Object({
  accountId: Uuid,
  name: Type.Optional(Type.String()),
  keyId: Type.Optional(Uuid),
  orgIds: Type.Array(Uuid),
  scopes: Type.Array(ScopeName),
  resources: Type.Optional(Resources),
})
export type AccountsMeOutput = Static<typeof AccountsMeOutput>

export const accountsOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: query('accounts.me', {
      title: 'Who am I',
      description: 'The account, key, organizations and scopes that the caller acts with.',
      input: AccountsMeInput,
      output: AccountsMeOutput,
    }),
  },
]
