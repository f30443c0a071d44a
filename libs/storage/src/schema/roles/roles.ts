import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  check,
  foreignKey,
  index,
  jsonb,
  pgEnum,
  pgTable,
  real,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import { commonColumns, valuesOf } from '../common.ts'

export const RoleMode = { PRIMARY: 'primary', SUBAGENT: 'subagent' } as const
export type RoleMode = (typeof RoleMode)[keyof typeof RoleMode]
export const roleMode = pgEnum('role_mode', valuesOf(RoleMode))

/** One rule of a role; the first whose action and pattern match decides. */
export interface RolePermission {
  /** `read`, `write`, `edit`, `bash`, `webSearch`, an operation id, or `*`. */
  readonly action: string
  readonly permission: 'allow' | 'deny' | 'ask'
  /** What the action is done on: a path, a command or an operation id, with `*`. */
  readonly pattern: string
}

/**
 * Behaviour that an account may take on in a session: allowed actions, prompt and model. A migration inserts the first
 * roles.
 */
export const roles = pgTable(
  'roles',
  {
    ...commonColumns(),
    name: text().notNull(),
    description: text(),
    mode: roleMode().notNull(),
    /** Null: 0.3 for a primary role, 0.2 for a subagent. */
    temperature: real(),
    permissions: jsonb().$type<RolePermission[]>().notNull().default([]),
    tools: jsonb().$type<Record<string, boolean>>().notNull().default({}),
    prompt: text(),
    /** What this role does not say it takes from there. */
    parentId: text(),
    /** Scopes that a key needs to act in this role. */
    scopes: jsonb().$type<string[]>().notNull().default([]),
    /** Choice of model, most steps in a turn. */
    data: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [
    unique('unq_roles_name').on(t.name),
    foreignKey({
      name: 'roles_parent_id_roles_id_fk',
      columns: [t.parentId],
      foreignColumns: [t.id],
    }).onDelete('set null'),
    index('idx_roles_parent_id').on(t.parentId),
    index('idx_roles_mode').on(t.mode),
    check('chk_roles_parent', sql`${t.parentId} <> ${t.id}`),
    check('chk_roles_temperature', sql`${t.temperature} between 0 and 2`),
    check('chk_roles_permissions', sql`jsonb_typeof(${t.permissions}) = 'array'`),
    check('chk_roles_scopes', sql`jsonb_typeof(${t.scopes}) = 'array'`),
  ],
)

export const RoleRow = createSelectSchema(roles)
export type RoleRow = Static<typeof RoleRow>
export const RoleInsert = createInsertSchema(roles)
export type RoleInsert = Static<typeof RoleInsert>
export const RoleUpdate = createUpdateSchema(roles)
export type RoleUpdate = Static<typeof RoleUpdate>
