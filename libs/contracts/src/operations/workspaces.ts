import { namedPattern } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { SPOKE_NAME_PATTERN } from '../names.ts'
import { closed, Label, oneOf, page, pageInput, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

const SpokeName = Type.String({ pattern: SPOKE_NAME_PATTERN })
const Branch = Type.String({ minLength: 1, maxLength: 256 })
const Directory = Type.String({ minLength: 1, maxLength: 4096 })
const Worktree = Type.String({
  pattern: namedPattern(
    '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
    'must be letters, digits, dots, hyphens and underscores, 64 at most, with a letter or digit first',
  ),
  description:
    'Name of a worktree of the spoke, which `git.worktreeCreate` made. Sessions of the workspace work in it; without it in the folder of the spoke.',
})
const Head = Type.String({
  pattern: namedPattern(
    '^(?:[0-9a-f]{40}|[0-9a-f]{64})$',
    'must be the whole id of a commit: 40 or 64 hexadecimal digits in lower case',
  ),
  description:
    'The commit that its worktree is to have checked out when a turn begins. Without one none is compared.',
})
const orNull = <T extends ReturnType<typeof Type.String>>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

export const WorkspaceStatusName = oneOf(['active', 'archived'])

/** A place where work on a project happens: a directory, usually a worktree with a branch, on one spoke. */
export const Workspace = Type.Object({
  workspaceId: Uuid,
  projectId: Uuid,
  name: Type.String(),
  status: WorkspaceStatusName,
  spoke: Type.Optional(Type.String({ description: 'Name of the spoke that has the directory.' })),
  branch: Type.Optional(Type.String()),
  directory: Type.Optional(Type.String()),
  worktree: Type.Optional(Type.String()),
  head: Type.Optional(Head),
  createdAt: Timestamp,
  archivedAt: Type.Optional(Timestamp),
})
export type Workspace = Static<typeof Workspace>

export const WorkspacesCreateInput = Type.Object(
  {
    projectId: Uuid,
    name: Label,
    spoke: Type.Optional(SpokeName),
    branch: Type.Optional(Branch),
    directory: Type.Optional(Directory),
    worktree: Type.Optional(Worktree),
  },
  closed,
)
export type WorkspacesCreateInput = Static<typeof WorkspacesCreateInput>

export const WorkspaceRef = Type.Object({ workspaceId: Uuid }, closed)
export type WorkspaceRef = Static<typeof WorkspaceRef>

export const WorkspacesListInput = Type.Object(
  { projectId: Uuid, status: Type.Optional(WorkspaceStatusName), ...pageInput },
  closed,
)
export type WorkspacesListInput = Static<typeof WorkspacesListInput>

export const WorkspacesUpdateInput = Type.Object(
  {
    workspaceId: Uuid,
    name: Type.Optional(Label),
    status: Type.Optional(WorkspaceStatusName),
    spoke: orNull(SpokeName),
    branch: orNull(Branch),
    directory: orNull(Directory),
    worktree: orNull(Worktree),
    head: orNull(Head),
  },
  { ...closed, minProperties: 2 },
)
export type WorkspacesUpdateInput = Static<typeof WorkspacesUpdateInput>

const errors = notFound('WORKSPACE_NOT_FOUND', 'workspace')
const ofProject = [
  ...notFound('PROJECT_NOT_FOUND', 'project'),
  ...notFound('SPOKE_NOT_FOUND', 'spoke'),
]

export const workspacesOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: mutation('workspaces.create', {
      title: 'Add a workspace',
      description: 'A new workspace of a project. For the accounts that may change the project.',
      input: WorkspacesCreateInput,
      output: Workspace,
      scopes: [SCOPES.PROJECTS_WRITE],
      errors: ofProject,
    }),
  },
  {
    service: 'coordinator',
    spec: query('workspaces.get', {
      title: 'One workspace',
      description: 'A workspace of a project that the caller may see.',
      input: WorkspaceRef,
      output: Workspace,
      scopes: [SCOPES.PROJECTS_READ],
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: query('workspaces.list', {
      title: 'List workspaces',
      description: 'The workspaces of a project, by name.',
      input: WorkspacesListInput,
      output: page(Workspace),
      scopes: [SCOPES.PROJECTS_READ],
      errors: ofProject,
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('workspaces.update', {
      title: 'Change a workspace',
      description:
        'Changes only the members that are given; also archives or reactivates a workspace. For the accounts that may change the project.',
      input: WorkspacesUpdateInput,
      output: Workspace,
      scopes: [SCOPES.PROJECTS_WRITE],
      errors: [...errors, ...notFound('SPOKE_NOT_FOUND', 'spoke')],
      hints: { idempotent: true },
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('workspaces.delete', {
      title: 'Remove a workspace',
      description:
        'Removes a workspace from the hub; its directory is kept. For the accounts that may change the project.',
      input: WorkspaceRef,
      output: WorkspaceRef,
      scopes: [SCOPES.PROJECTS_WRITE],
      errors,
      hints: { destructive: true },
    }),
  },
]
