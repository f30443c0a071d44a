import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import {
  closed,
  Label,
  LabelOrNull,
  oneOf,
  page,
  pageInput,
  Slug,
  Timestamp,
  Uuid,
} from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

export const MembershipLevelName = oneOf(['owner', 'admin', 'member'])

export const Organization = Type.Object({
  orgId: Uuid,
  name: Slug,
  displayName: Type.Optional(Type.String()),
  ownerId: Uuid,
  membershipLevel: Type.Optional(MembershipLevelName),
  createdAt: Timestamp,
})
export type Organization = Static<typeof Organization>

export const OrgsCreateInput = Type.Object(
  { name: Slug, displayName: Type.Optional(Label) },
  closed,
)
export type OrgsCreateInput = Static<typeof OrgsCreateInput>

export const OrgRef = Type.Object({ orgId: Uuid }, closed)
export type OrgRef = Static<typeof OrgRef>

export const OrgsListInput = Type.Object(
  {
    all: Type.Optional(
      Type.Boolean({
        description: 'Include organizations that the caller is not a member of. For admins.',
      }),
    ),
    ...pageInput,
  },
  closed,
)
export type OrgsListInput = Static<typeof OrgsListInput>

export const OrgsUpdateInput = Type.Object(
  {
    orgId: Uuid,
    name: Type.Optional(Slug),
    displayName: Type.Optional(LabelOrNull),
  },
  { ...closed, minProperties: 2 },
)
export type OrgsUpdateInput = Static<typeof OrgsUpdateInput>

export const OrgsTransferInput = Type.Object(
  { orgId: Uuid, accountId: Type.String({ format: 'uuid', description: 'The new owner.' }) },
  closed,
)
export type OrgsTransferInput = Static<typeof OrgsTransferInput>

const errors = notFound('ORG_NOT_FOUND', 'organization')

export const orgsOperations: readonly ServiceOperation[] = [
  {
    service: 'gateway',
    spec: mutation('orgs.create', {
      title: 'Create an organization',
      description: 'A new organization that the caller owns.',
      input: OrgsCreateInput,
      output: Organization,
      scopes: [SCOPES.ORGS_WRITE],
    }),
  },
  {
    service: 'gateway',
    spec: query('orgs.get', {
      title: 'One organization',
      description: 'An organization that the caller is a member of; any for admins.',
      input: OrgRef,
      output: Organization,
      scopes: [SCOPES.ORGS_READ],
      errors,
    }),
  },
  {
    service: 'gateway',
    spec: query('orgs.list', {
      title: 'List organizations',
      description: 'The organizations that the caller is a member of, by name.',
      input: OrgsListInput,
      output: page(Organization),
      scopes: [SCOPES.ORGS_READ],
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.update', {
      title: 'Rename an organization',
      description:
        'Changes only the members that are given. For the owner and admins of the organization.',
      input: OrgsUpdateInput,
      output: Organization,
      scopes: [SCOPES.ORGS_WRITE],
      errors,
      hints: { idempotent: true },
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.delete', {
      title: 'Delete an organization',
      description:
        'Deletes an organization and its memberships. For its owner, and only when no project and no outside service belongs to it.',
      input: OrgRef,
      output: OrgRef,
      scopes: [SCOPES.ORGS_WRITE],
      errors,
      hints: { destructive: true },
    }),
  },
  {
    service: 'gateway',
    spec: mutation('orgs.transferOwnership', {
      title: 'Transfer an organization',
      description: 'Makes a member the owner; the former owner stays as an admin. For the owner.',
      input: OrgsTransferInput,
      output: Organization,
      scopes: [SCOPES.ORGS_WRITE],
      errors: [...errors, ...notFound('MEMBER_NOT_FOUND', 'member')],
      hints: { destructive: true, idempotent: true },
    }),
  },
]
