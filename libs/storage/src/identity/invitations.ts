import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, gt, lte, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { InvitationStatus } from '../schema/identity/families.ts'
import { organizationInvitations } from '../schema/identity/organization-invitations.ts'
import type { OrganizationInvitationRow } from '../schema/identity/organization-invitations.ts'
import { organizations } from '../schema/identity/organizations.ts'
import { getMember } from './memberships.ts'

/** Maximum invitations in 24 hours. */
export const INVITATION_LIMITS = {
  /** By one organization. */
  perOrganization: 100,
  /** By one account, for all organizations together. */
  perInviter: 100,
  /** By one organization of the same account. */
  perInvited: 10,
} as const

const HOUR_MS = 3_600_000

export interface Invite {
  readonly orgId: string
  readonly accountId: string
  readonly membershipLevel: 'admin' | 'member'
  readonly invitedBy: string
  /** Milliseconds from now, by the clock of the database. */
  readonly validMs: number
}

/** An invitation with its organization. */
export interface InvitationView {
  readonly invitation: OrganizationInvitationRow
  readonly organization: { readonly name: string; readonly displayName: string | null }
}

const pending = and(
  eq(organizationInvitations.status, InvitationStatus.PENDING),
  gt(organizationInvitations.expiresAt, sql`now()`),
)

/**
 * Invites an account that is not a member. The transaction must have locked the organization (`lockOrganizationView`). Throws CONFLICT
 * when the account is a member or has a pending invitation, RATE_LIMITED when too many were created within 24 hours.
 */
export function createInvitation(tx: Db, invite: Invite): Promise<OrganizationInvitationRow> {
  const { validMs, ...values } = invite
  const { orgId, accountId, invitedBy } = values
  return inTransaction(tx, async (inner) => {
    if ((await getMember(inner, orgId, accountId)) !== undefined)
      throw new CodedError('CONFLICT', 'The account is a member already.')
    await endInvitations(
      inner,
      InvitationStatus.EXPIRED,
      and(
        eq(organizationInvitations.orgId, orgId),
        eq(organizationInvitations.accountId, accountId),
        lte(organizationInvitations.expiresAt, sql`now()`),
      ),
    )
    // One account may invite for several organizations at once.
    await inner.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`invitations of ${invitedBy}`}, 0))`,
    )
    await checkLimits(inner, orgId, accountId, invitedBy)
    const [row] = await inner
      .insert(organizationInvitations)
      .values({ ...values, expiresAt: sql`now() + ${validMs / 1000} * interval '1 second'` })
      .returning()
    return must(row)
  })
}

async function checkLimits(
  tx: Db,
  orgId: string,
  accountId: string,
  invitedBy: string,
): Promise<void> {
  const { perInvited, perInviter, perOrganization } = INVITATION_LIMITS
  const ofOrg = eq(organizationInvitations.orgId, orgId)
  const limits: readonly (readonly [string, number, SQL | undefined])[] = [
    ['organization', perOrganization, ofOrg],
    ['account', perInviter, eq(organizationInvitations.invitedBy, invitedBy)],
    ['invited account', perInvited, and(ofOrg, eq(organizationInvitations.accountId, accountId))],
  ]
  for (const [subject, limit, condition] of limits) {
    // oxlint-disable-next-line no-await-in-loop -- one connection answers one statement after the other
    const [row] = await tx
      .select({ made: sql<number>`count(*)::int` })
      .from(organizationInvitations)
      .where(
        and(condition, gt(organizationInvitations.createdAt, sql`now() - interval '24 hours'`)),
      )
    if (must(row).made < limit) continue
    throw new CodedError(
      'RATE_LIMITED',
      `At most ${limit} invitations may be made per ${subject} in 24 hours.`,
      { details: { limit, subject }, retryAfterMs: HOUR_MS },
    )
  }
}

/** Identifies an invitation: its id, or the organization of the pending invitation. */
export type InvitationChoice =
  | { readonly invitationId: string }
  | { readonly orgId: string; readonly accountId: string }

/** A pending invitation that has not expired, for the invited account or the inviting organization. Undefined if there is none. */
export function findPendingInvitation(
  db: Db,
  choice: InvitationChoice,
): Promise<InvitationView | undefined> {
  return coded(async () => {
    const chosen =
      'invitationId' in choice
        ? eq(organizationInvitations.id, choice.invitationId)
        : and(
            eq(organizationInvitations.orgId, choice.orgId),
            eq(organizationInvitations.accountId, choice.accountId),
          )
    const [row] = await views(db).where(and(chosen, pending))
    return row
  })
}

/**
 * Ends one pending invitation and returns its row; undefined when it is no longer pending or has expired: of two concurrent
 * decisions one succeeds.
 */
export function endInvitation(
  tx: Db,
  invitationId: string,
  status: Exclude<InvitationStatus, 'pending'>,
): Promise<OrganizationInvitationRow | undefined> {
  return coded(async () => {
    const [row] = await tx
      .update(organizationInvitations)
      .set({ status, endedAt: sql`now()` })
      .where(and(eq(organizationInvitations.id, invitationId), pending))
      .returning()
    return row
  })
}

/** Withdraws the pending invitations that an account created for an organization, because it has lost the right to invite. */
export function withdrawInvitationsBy(tx: Db, orgId: string, invitedBy: string): Promise<void> {
  return coded(() =>
    endInvitations(
      tx,
      InvitationStatus.WITHDRAWN,
      and(
        eq(organizationInvitations.orgId, orgId),
        eq(organizationInvitations.invitedBy, invitedBy),
      ),
    ),
  )
}

async function endInvitations(
  tx: Db,
  status: InvitationStatus,
  condition: SQL | undefined,
): Promise<void> {
  await tx
    .update(organizationInvitations)
    .set({ status, endedAt: sql`now()` })
    .where(and(eq(organizationInvitations.status, InvitationStatus.PENDING), condition))
}

/** Pending invitations, oldest first: of an organization, or for an account. */
export function listPendingInvitations(
  db: Db,
  request: PageRequest & ({ readonly orgId: string } | { readonly accountId: string }),
): Promise<Page<InvitationView>> {
  return coded(async () => {
    const [list, whose] =
      'orgId' in request
        ? ([
            ['invitations of', request.orgId],
            eq(organizationInvitations.orgId, request.orgId),
          ] as const)
        : ([
            ['invitations for', request.accountId],
            eq(organizationInvitations.accountId, request.accountId),
          ] as const)
    const keyset = new Keyset([organizationInvitations.id], 'asc', list)
    const rows = await views(db)
      .where(and(whose, pending, keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.invitation.id])
  })
}

function views(db: Db) {
  return db
    .select({
      invitation: organizationInvitations,
      organization: { name: organizations.name, displayName: organizations.displayName },
    })
    .from(organizationInvitations)
    .innerJoin(organizations, eq(organizations.id, organizationInvitations.orgId))
}
