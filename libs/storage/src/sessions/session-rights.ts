import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { must } from '@alkdev/std'
import { endOfGrant, grantMetadata } from '../identity/grants.ts'
import { grants } from '../schema/identity/grants.ts'
import { roles } from '../schema/roles/roles.ts'
import type { RolePermission } from '../schema/roles/roles.ts'
import { sessionPermissions } from '../schema/sessions/session-permissions.ts'
import type { SessionPermissionRow } from '../schema/sessions/session-permissions.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import { turns } from '../schema/sessions/turns.ts'
import type { QueueingCaller } from '../queue/new-queued-call.ts'

/** A grant of a session or a turn: those rights of a key, as a part of another grant if one is named. */
export function createSessionGrant(
  tx: Db,
  { accountId, keyId, scopes, resources, withinOrgs, rightsEndAtMs }: QueueingCaller,
  parentGrantId?: string,
): Promise<string> {
  return coded(async () => {
    const [row] = await tx
      .insert(grants)
      .values({
        accountId,
        keyId,
        scopes: [...scopes],
        resources: { ...resources },
        parentGrantId: parentGrantId ?? null,
        metadata: grantMetadata(withinOrgs),
        expiresAt: endOfGrant(rightsEndAtMs),
      })
      .returning({ id: grants.id })
    return must(row).id
  })
}

/** The rules and scopes of the roles of a session, one entry for each role of its chain; empty for a session without a role. */
export interface SessionRules {
  readonly sessionId: string
  readonly roles: readonly {
    readonly rules: readonly RolePermission[]
    readonly scopes: readonly string[]
  }[]
}

/** Undefined when there is no such session. */
export function readSessionRules(db: Db, sessionId: string): Promise<SessionRules | undefined> {
  return coded(async () => {
    const [session] = await db
      .select({ roleChain: sessions.roleChain })
      .from(sessions)
      .where(eq(sessions.id, sessionId))
    if (session === undefined) return undefined
    return { sessionId, roles: await readRoleRules(db, session.roleChain) }
  })
}

/** Each role of a chain with what it takes from its parents: its own rules come first. */
export function readRoleRules(
  db: Db,
  roleChain: readonly string[],
): Promise<SessionRules['roles']> {
  if (roleChain.length === 0) return Promise.resolve([])
  return coded(async () => {
    const all = await db
      .select({
        id: roles.id,
        parentId: roles.parentId,
        permissions: roles.permissions,
        scopes: roles.scopes,
      })
      .from(roles)
      .limit(1000)
    const byId = new Map(all.map((role) => [role.id, role]))
    return roleChain.map((id) => {
      const rules: RolePermission[] = []
      const scopes = new Set<string>()
      const seen = new Set<string>()
      for (let at = byId.get(id); at !== undefined && !seen.has(at.id);) {
        seen.add(at.id)
        rules.push(...at.permissions)
        for (const scope of at.scopes) scopes.add(scope)
        at = at.parentId === null ? undefined : byId.get(at.parentId)
      }
      // A role that is not there allows nothing.
      return { rules, scopes: [...scopes] }
    })
  })
}

/** Accounts whose latest grants are listed. */
const MAX_TURN_GRANTS = 50

/** The grant of the latest turn of each account that had turns in the session; of the latest accounts, when there are many. */
export function listTurnGrants(
  db: Db,
  sessionId: string,
): Promise<{ readonly accountId: string; readonly grantId: string }[]> {
  return coded(() => {
    const latest = db
      .selectDistinctOn([grants.accountId], {
        accountId: grants.accountId,
        grantId: sql<string>`${grants.id}`.as('grant_id'),
        turnId: sql<string>`${turns.id}`.as('turn_id'),
      })
      .from(turns)
      .innerJoin(grants, eq(grants.id, turns.grantId))
      .where(eq(turns.sessionId, sessionId))
      .orderBy(grants.accountId, desc(turns.id))
      .as('latest')
    return db
      .select({ accountId: latest.accountId, grantId: latest.grantId })
      .from(latest)
      .orderBy(desc(latest.turnId))
      .limit(MAX_TURN_GRANTS)
  })
}

/** Approvals that were given for the rest of the session. */
export function listSessionPermissions(db: Db, sessionId: string): Promise<SessionPermissionRow[]> {
  return coded(() =>
    db
      .select()
      .from(sessionPermissions)
      .where(and(eq(sessionPermissions.sessionId, sessionId), isNull(sessionPermissions.revokedAt)))
      .orderBy(asc(sessionPermissions.id))
      .limit(200),
  )
}

export function addSessionPermission(
  tx: Db,
  permission: {
    readonly sessionId: string
    readonly operationName: string
    readonly pattern: string
    readonly approvalId: string
    readonly grantedBy: string | null
  },
): Promise<void> {
  return coded(async () => {
    await tx.insert(sessionPermissions).values(permission)
  })
}

/** False when the session has no such permission. */
export function revokeSessionPermission(
  db: Db,
  sessionId: string,
  permissionId: string,
): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .update(sessionPermissions)
      .set({ revokedAt: sql`coalesce(${sessionPermissions.revokedAt}, now())` })
      .where(
        and(
          eq(sessionPermissions.sessionId, sessionId),
          inArray(sessionPermissions.id, [permissionId]),
        ),
      )
      .returning({ id: sessionPermissions.id })
    return rows.length > 0
  })
}
