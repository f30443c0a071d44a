import type { Project, ProjectRef } from '@alkdev/contracts'
import { operationCommand, facts, listCommand } from '../../hub/operation-command.ts'
import type { InputFlag, InputPositional } from '../../hub/operation-command.ts'
import type { NameOf } from '../../hub/names.ts'
import { orgIdOf, projectIdOf } from '../../hub/resolve.ts'
import { shortTime } from '../../input/times.ts'

const project: InputPositional = {
  member: 'projectId',
  question: 'Which project?',
  fix: 'Its id and slug are shown by `alkhub projects list`.',
  resolve: projectIdOf,
}

const org = {
  type: 'string',
  value: 'ORG',
  member: 'orgId',
  resolve: orgIdOf,
} as const

const describing = {
  name: { type: 'string', value: 'NAME', member: 'name', summary: 'Its name in full.' },
  directory: { type: 'string', value: 'DIR', member: 'directory', summary: 'Its path.' },
  repo: {
    type: 'string',
    value: 'URL',
    member: 'repoUrl',
    summary: 'Its repository, without a password.',
  },
} as const satisfies Record<string, InputFlag>

const show = (one: Project, nameOf: NameOf): string =>
  facts({
    id: one.projectId,
    slug: one.slug,
    name: one.name,
    organization: one.orgId === undefined ? undefined : nameOf(one.orgId),
    owner: one.ownerId === undefined ? undefined : nameOf(one.ownerId),
    directory: one.directory,
    repository: one.repoUrl,
    made: shortTime(one.createdAt),
  })

export const list = listCommand<Project>({
  operationId: 'projects.list',
  usage: '[options]',
  summary: 'Lists your projects and those of your organizations, oldest first.',
  inputs: { org: { ...org, summary: 'Only those of one organization, by its id or name.' } },
  headings: ['id', 'slug', 'name', 'organization', 'made'],
  names: ['organization'],
  row: (one, nameOf) => [
    one.projectId,
    one.slug,
    one.name,
    one.orgId === undefined ? '-' : nameOf(one.orgId),
    shortTime(one.createdAt),
  ],
  none: 'No projects. Make one with `alkhub projects create SLUG`.',
})

export const get = operationCommand<Project>({
  operationId: 'projects.get',
  usage: 'PROJECT [options]',
  summary: 'Shows one project. PROJECT is its id or slug, here and below.',
  positionals: [project],
  names: ['account', 'organization'],
  say: show,
})

export const create = operationCommand<Project>({
  operationId: 'projects.create',
  usage: 'SLUG [options]',
  summary: 'Creates a project of your account or of an organization.',
  positionals: [
    {
      member: 'slug',
      question: 'What is its short name?',
      fix: 'Use lower case: `alkhub projects create website`.',
    },
  ],
  inputs: {
    org: { ...org, summary: 'The organization that owns it: id or name (default: your account).' },
    ...describing,
  },
  say: (made) => `Made ${made.slug} (${made.projectId}).`,
})

export const update = operationCommand<Project>({
  operationId: 'projects.update',
  usage: 'PROJECT [options]',
  summary:
    'Changes only the given settings. For the account that created it, and for the owner and admins of its organization.',
  positionals: [project],
  inputs: {
    slug: { type: 'string', value: 'SLUG', member: 'slug', summary: 'Another short name.' },
    ...describing,
  },
  names: ['account', 'organization'],
  say: show,
})

export const remove = operationCommand<ProjectRef>({
  operationId: 'projects.delete',
  usage: 'PROJECT [options]',
  summary: 'Removes a project.',
  positionals: [project],
  inputs: {
    force: {
      type: 'boolean',
      member: 'force',
      summary: 'Remove its tasks, sessions and workflows too.',
    },
  },
  say: ({ projectId }) => `Removed ${projectId}.`,
})
