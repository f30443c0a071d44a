import { namedPattern } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { closed, Label, page, pageInput, Slug, Timestamp, Uuid } from '../schemas.ts'
import { SCOPES } from '../scopes.ts'
import type { ServiceOperation } from '../service-operation.ts'
import { mutation, notFound, query } from './define.ts'

const text = (maxLength: number, description?: string) =>
  Type.String({ minLength: 1, maxLength, ...(description !== undefined && { description }) })
const orNull = <T extends ReturnType<typeof Type.String>>(schema: T) =>
  Type.Union([schema, Type.Null()])

const Directory = text(4096)
const RepoUrl = text(2048, 'Without a password.')
const IconUrl = Type.String({
  pattern: namedPattern('^https?://[^\\s]+$', 'must be a URL that begins with https:// or http://'),
  maxLength: 2048,
})
const IconColor = text(64)

/** A body of work, usually a repository. */
export const Project = Type.Object({
  projectId: Uuid,
  slug: Slug,
  name: Type.String(),
  ownerId: Uuid,
  orgId: Type.Optional(Uuid),
  directory: Type.Optional(Type.String()),
  repoUrl: Type.Optional(Type.String()),
  vcs: Type.String(),
  iconUrl: Type.Optional(Type.String()),
  iconColor: Type.Optional(Type.String()),
  createdAt: Timestamp,
})
export type Project = Static<typeof Project>

export const ProjectsCreateInput = Type.Object(
  {
    slug: Slug,
    name: Type.Optional(Label),
    orgId: Type.Optional(
      Type.String({ format: 'uuid', description: "Absent: the caller's own project." }),
    ),
    directory: Type.Optional(Directory),
    repoUrl: Type.Optional(RepoUrl),
    vcs: Type.Optional(text(32)),
    iconUrl: Type.Optional(IconUrl),
    iconColor: Type.Optional(IconColor),
  },
  closed,
)
export type ProjectsCreateInput = Static<typeof ProjectsCreateInput>

export const ProjectRef = Type.Object({ projectId: Uuid }, closed)
export type ProjectRef = Static<typeof ProjectRef>

export const ProjectsListInput = Type.Object({ orgId: Type.Optional(Uuid), ...pageInput }, closed)
export type ProjectsListInput = Static<typeof ProjectsListInput>

export const ProjectsUpdateInput = Type.Object(
  {
    projectId: Uuid,
    slug: Type.Optional(Slug),
    name: Type.Optional(Label),
    directory: Type.Optional(orNull(Directory)),
    repoUrl: Type.Optional(orNull(RepoUrl)),
    vcs: Type.Optional(text(32)),
    iconUrl: Type.Optional(orNull(IconUrl)),
    iconColor: Type.Optional(orNull(IconColor)),
  },
  { ...closed, minProperties: 2 },
)
export type ProjectsUpdateInput = Static<typeof ProjectsUpdateInput>

export const ProjectsDeleteInput = Type.Object(
  {
    projectId: Uuid,
    force: Type.Optional(
      Type.Boolean({
        description: 'Remove its tasks, sessions and workflows too.',
      }),
    ),
  },
  closed,
)
export type ProjectsDeleteInput = Static<typeof ProjectsDeleteInput>

const errors = notFound('PROJECT_NOT_FOUND', 'project')

export const projectsOperations: readonly ServiceOperation[] = [
  {
    service: 'coordinator',
    spec: mutation('projects.create', {
      title: 'Add a project',
      description:
        "A new project of the caller's account, or of an organization of which the caller is a member.",
      input: ProjectsCreateInput,
      output: Project,
      scopes: [SCOPES.PROJECTS_WRITE],
      errors: notFound('ORG_NOT_FOUND', 'organization'),
    }),
  },
  {
    service: 'coordinator',
    spec: query('projects.get', {
      title: 'One project',
      description: "A project of the caller's account or of one of its organizations.",
      input: ProjectRef,
      output: Project,
      scopes: [SCOPES.PROJECTS_READ],
      errors,
    }),
  },
  {
    service: 'coordinator',
    spec: query('projects.list', {
      title: 'List projects',
      description: "The projects of the caller's account and organizations, oldest first.",
      input: ProjectsListInput,
      output: page(Project),
      scopes: [SCOPES.PROJECTS_READ],
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('projects.update', {
      title: 'Change a project',
      description:
        'Changes only the members that are given. For the account that created the project, and for the owner and admins of its organization.',
      input: ProjectsUpdateInput,
      output: Project,
      scopes: [SCOPES.PROJECTS_WRITE],
      errors,
      hints: { idempotent: true },
    }),
  },
  {
    service: 'coordinator',
    spec: mutation('projects.delete', {
      title: 'Remove a project',
      description:
        'Removes a project; requires `force` when it has tasks, sessions or workflows. For the accounts that may change it.',
      input: ProjectsDeleteInput,
      output: ProjectRef,
      scopes: [SCOPES.PROJECTS_WRITE],
      errors,
      hints: { destructive: true },
    }),
  },
]
