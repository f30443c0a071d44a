import { namedPattern } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import {
  closed,
  Label,
  LabelOrNull,
  oneOf,
  page,
  pageInput,
  Resources,
  ScopeName,
  Timestamp,
  Uuid,
} from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

export const AccountsMeInput = Type.Object({}, closed)

/** The identity of the caller. */
export const AccountsMeOutput = Type.Object({
  accountId: Uuid,
  name: Type.Optional(Type.String()),
  keyId: Type.Optional(Uuid),
  orgIds: Type.Array(Uuid),
  scopes: Type.Array(ScopeName),
  resources: Type.Optional(Resources),
})
export type AccountsMeOutput = Static<typeof AccountsMeOutput>

/** The kind of user of an account. */
export const AccountKindName = oneOf(['human', 'service', 'llm'])
/** The rights of an account in the deployment as a whole. */
export const AccessLevelName = oneOf(['admin', 'user', 'service'])
/** Only `active` accounts may use the hub. */
export const AccountStatusName = oneOf(['active', 'suspended', 'deactivated'])

const Email = Type.String({
  minLength: 3,
  maxLength: 254,
  pattern: namedPattern('^[^\\s@]+@[^\\s@]+$', 'must be an e-mail address'),
  description: 'Compared in lower case.',
})

export const Account = Type.Object({
  accountId: Uuid,
  email: Type.String(),
  displayName: Type.Optional(Type.String()),
  kind: AccountKindName,
  accessLevel: AccessLevelName,
  status: AccountStatusName,
  giteaUsername: Type.Optional(Type.String()),
  createdAt: Timestamp,
})
export type Account = Static<typeof Account>

export const AccountsCreateInput = Type.Object(
  {
    email: Email,
    displayName: Type.Optional(Label),
    kind: Type.Optional(AccountKindName),
    accessLevel: Type.Optional(AccessLevelName),
    giteaUsername: Type.Optional(Label),
  },
  closed,
)
export type AccountsCreateInput = Static<typeof AccountsCreateInput>

export const AccountRef = Type.Object({ accountId: Uuid }, closed)
export type AccountRef = Static<typeof AccountRef>

export const AccountsListInput = Type.Object(
  {
    status: Type.Optional(AccountStatusName),
    kind: Type.Optional(AccountKindName),
    ...pageInput,
  },
  closed,
)
export type AccountsListInput = Static<typeof AccountsListInput>

export const AccountsUpdateInput = Type.Object(
  {
    accountId: Uuid,
    displayName: Type.Optional(LabelOrNull),
    giteaUsername: Type.Optional(LabelOrNull),
    email: Type.Optional(Email),
    kind: Type.Optional(AccountKindName),
    accessLevel: Type.Optional(AccessLevelName),
  },
  { ...closed, minProperties: 2 },
)
export type AccountsUpdateInput = Static<typeof AccountsUpdateInput>

export const AccountsSetStatusInput = Type.Object(
  {
    accountId: Uuid,
    status: AccountStatusName,
    reason: Type.Optional(Type.String({ maxLength: 512, description: 'Kept in the audit log.' })),
  },
  closed,
)
export type AccountsSetStatusInput = Static<typeof AccountsSetStatusInput>

const errors = notFound('ACCOUNT_NOT_FOUND', 'account')

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
  {
    service: 'gateway',
    spec: mutation('accounts.create', {
      title: 'Add an account',
      description: 'Creates an account without a key (`keys.create` creates one). For admins.',
      input: AccountsCreateInput,
      output: Account,
      scopes: [SCOPES.ACCOUNTS_WRITE],
    }),
  },
  {
    service: 'gateway',
    spec: query('accounts.get', {
      title: 'One account',
      description:
        "The caller's own account, or one that shares an organization with it; any for admins.",
      input: AccountRef,
      output: Account,
      scopes: [SCOPES.ACCOUNTS_READ],
      errors,
    }),
  },
  {
    service: 'gateway',
    spec: query('accounts.list', {
      title: 'List accounts',
      description:
        "The caller's own account and those that share an organization with it, oldest first; all for admins.",
      input: AccountsListInput,
      output: page(Account),
      scopes: [SCOPES.ACCOUNTS_READ],
    }),
  },
  {
    service: 'gateway',
    spec: mutation('accounts.update', {
      title: 'Change an account',
      description:
        'Changes only the members that are given. Every account may change its own names; the rest is for admins.',
      input: AccountsUpdateInput,
      output: Account,
      scopes: [SCOPES.ACCOUNTS_WRITE],
      errors,
      hints: { idempotent: true },
    }),
  },
  {
    service: 'gateway',
    spec: mutation('accounts.setStatus', {
      title: 'Suspend or activate an account',
      description:
        'Suspends, deactivates or activates an account. Within a second every process refuses its keys and ends what runs for them. For admins. The last active admin stays active.',
      input: AccountsSetStatusInput,
      output: Account,
      scopes: [SCOPES.ACCOUNTS_WRITE],
      errors,
      hints: { destructive: true, idempotent: true },
    }),
  },
]
