import { namedPattern } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, oneOf, page, pageInput, ScopeName, Slug, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

export const RoleModeName = oneOf(['primary', 'subagent'])

/** One rule; the first whose action and pattern match decides. */
export const RolePermission = Type.Object(
  {
    action: Type.String({
      minLength: 1,
      maxLength: 128,
      description: '`read`, `write`, `bash` ..., an operation id, with `*`.',
    }),
    permission: oneOf(['allow', 'deny', 'ask']),
    pattern: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'A path, a command or an operation id, with `*`.',
    }),
  },
  closed,
)
export type RolePermission = Static<typeof RolePermission>

const Permissions = Type.Array(RolePermission, { maxItems: 200 })
const Tools = Type.Record(
  Type.String({
    pattern: namedPattern('^[^\\s]{1,128}$', 'must be 1 to 128 characters without blanks'),
  }),
  Type.Boolean(),
)
const Prompt = Type.String({ maxLength: 65_536 })
const Description = Type.String({ maxLength: 1024 })
const Temperature = Type.Number({ minimum: 0, maximum: 2 })
const RoleScopes = Type.Array(ScopeName, {
  maxItems: 64,
  description: 'Scopes that a key needs to act in this role.',
})
const RoleName = Slug
const Count = (maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description }))
const Milliseconds = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1000, maximum: 86_400_000, description }))
const RoleData = Type.Object(
  {
    model: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 256,
        description: 'The model of sessions that name none.',
      }),
    ),
    nativeTools: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        maxItems: 128,
        description:
          'Operations that the model gets as tools of their own: `fs.read` as `fs_read`.',
      }),
    ),
    maxSteps: Count(10_000, 'Steps of one turn.'),
    concurrency: Count(32, 'Tool calls of one step that run at a time. Default 4.'),
    turnMs: Milliseconds(
      'Milliseconds of work on one turn, waits excluded. Default: the setting `sessions.turnMs`.',
    ),
    stepMs: Milliseconds(
      'Milliseconds of one step: the call of the model, and the tool calls that it asks for, waits excluded. Default: what the turn has left.',
    ),
    contextTokens: Count(100_000_000, 'Tokens that fit into the model.'),
    unbound: Type.Optional(
      Type.Boolean({
        description:
          'Operations of the spoke of the workspace that take no worktree may be called.',
      }),
    ),
  },
  { ...closed, description: 'How sessions in the role work.' },
)
export type RoleData = Static<typeof RoleData>

/** The values of a role itself; missing values are inherited from its parent. */
export const Role = Type.Object({
  roleId: Uuid,
  name: RoleName,
  description: Type.Optional(Type.String()),
  mode: RoleModeName,
  parent: Type.Optional(RoleName),
  temperature: Type.Optional(Temperature),
  permissions: Permissions,
  tools: Tools,
  prompt: Type.Optional(Type.String()),
  scopes: Type.Array(ScopeName),
  data: Type.Optional(RoleData),
  createdAt: Timestamp,
})
export type Role = Static<typeof Role>

/** The rules that apply in the role: its own rules before those of its parents. */
export const EffectiveRole = Type.Object({
  permissions: Type.Array(RolePermission),
  tools: Tools,
  temperature: Temperature,
  prompt: Type.Optional(Type.String()),
  scopes: Type.Array(ScopeName),
})
export type EffectiveRole = Static<typeof EffectiveRole>

export const RoleDetails = Type.Composite([Role, Type.Object({ effective: EffectiveRole })])
export type RoleDetails = Static<typeof RoleDetails>

export const RoleRef = Type.Object({ name: RoleName }, closed)
export type RoleRef = Static<typeof RoleRef>

export const RolesListInput = Type.Object(
  { mode: Type.Optional(RoleModeName), ...pageInput },
  closed,
)
export type RolesListInput = Static<typeof RolesListInput>

export const RolesCreateInput = Type.Object(
  {
    name: RoleName,
    mode: RoleModeName,
    description: Type.Optional(Description),
    parent: Type.Optional(RoleName),
    temperature: Type.Optional(Temperature),
    permissions: Type.Optional(Permissions),
    tools: Type.Optional(Tools),
    prompt: Type.Optional(Prompt),
    scopes: Type.Optional(RoleScopes),
    data: Type.Optional(RoleData),
  },
  closed,
)
export type RolesCreateInput = Static<typeof RolesCreateInput>

export const RolesUpdateInput = Type.Object(
  {
    name: RoleName,
    mode: Type.Optional(RoleModeName),
    description: Type.Optional(Type.Union([Description, Type.Null()])),
    parent: Type.Optional(Type.Union([RoleName, Type.Null()])),
    temperature: Type.Optional(Type.Union([Temperature, Type.Null()])),
    permissions: Type.Optional(Permissions),
    tools: Type.Optional(Tools),
    prompt: Type.Optional(Type.Union([Prompt, Type.Null()])),
    scopes: Type.Optional(RoleScopes),
    data: Type.Optional(Type.Union([RoleData, Type.Null()])),
  },
  { ...closed, minProperties: 2 },
)
export type RolesUpdateInput = Static<typeof RolesUpdateInput>

export const RolesCheckInput = Type.Object(
  {
    name: RoleName,
    action: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'The action: `read`, `write`, `bash` ..., or an operation id.',
    }),
    on: Type.String({
      maxLength: 65_536,
      description: 'The object of the action: a path, a command, an id.',
    }),
  },
  closed,
)
export type RolesCheckInput = Static<typeof RolesCheckInput>

export const RolesCheckOutput = Type.Object({
  permission: RolePermission.properties.permission,
  rule: Type.Optional(RolePermission),
})
export type RolesCheckOutput = Static<typeof RolesCheckOutput>

const errors = notFound('ROLE_NOT_FOUND', 'role')

export const rolesOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: query('roles.list', {
      title: 'List roles',
      description: 'The roles that sessions may act in, by name.',
      input: RolesListInput,
      output: page(Role),
      scopes: [SCOPES.ROLES_READ],
    }),
  },
  {
    service: 'coordinator',
    spec: query('roles.get', {
      title: 'One role',
      description: 'A role, and its effective values with those inherited from its parents.',
      input: RoleRef,
      output: RoleDetails,
      scopes: [SCOPES.ROLES_READ],
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: query('roles.check', {
      title: 'Check the rights of a role',
      description:
        'Whether a role allows an action on an object, denies it or requires an approval, and the rule that decides: the first that matches, with the rules of the role before those of its parents. Without a matching rule the action is denied.',
      input: RolesCheckInput,
      output: RolesCheckOutput,
      scopes: [SCOPES.ROLES_READ],
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('roles.create', {
      title: 'Add a role',
      description: 'A new role. Roles apply to the whole deployment, so this is for admins.',
      input: RolesCreateInput,
      output: Role,
      scopes: [SCOPES.ROLES_WRITE],
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('roles.update', {
      title: 'Change a role',
      description: 'Changes only the members that are given. For admins.',
      input: RolesUpdateInput,
      output: Role,
      scopes: [SCOPES.ROLES_WRITE],
      errors,
      hints: { idempotent: true },
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('roles.delete', {
      title: 'Remove a role',
      description:
        'Removes a role that no other role, no grant and no session refers to. For admins.',
      input: RoleRef,
      output: RoleRef,
      scopes: [SCOPES.ROLES_WRITE],
      errors,
      hints: { destructive: true },
    }),
  },
]
