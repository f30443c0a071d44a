import type { Project, ProjectRef } from '@alkdev/contracts'
import { actCover, facts, listCover } from '../../hub/cover.ts'
import type { InputFlag, InputPositional } from '../../hub/cover.ts'
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
  directory: { type: 'string', value: 'DIR', member: 'directory', summary: 'Where it lies.' },
  repo: {
    type: 'string',
    value: 'URL',
    member: 'repoUrl',
    summary: 'Its repository, without a password.',
  },
} as const satisfies Record<string, InputFlag>

const show = (one: Project): string =>
  facts({
    id: one.projectId,
    slug: one.slug,
    name: one.name,
    organization: one.orgId,
    owner: one.ownerId,
    directory: one.directory,
    repository: one.repoUrl,
    made: shortTime(one.createdAt),
  })

export const list = listCover<Project>({
  operationId: 'projects.list',
  usage: '[options]',
  summary: 'Lists your projects and those of your organizations, oldest first.',
  inputs: { org: { ...org, summary: 'Only those of one organization, by its id or name.' } },
  headings: ['id', 'slug', 'name', 'organization', 'made'],
  row: (one) => [one.projectId, one.slug, one.name, one.orgId ?? '-', shortTime(one.createdAt)],
  none: 'No projects. Make one with `alkhub projects create SLUG`.',
})

export const get = actCover<Project>({
  operationId: 'projects.get',
  usage: 'PROJECT [options]',
  summary: 'Shows one project. PROJECT is its id or slug, here and below.',
  positionals: [project],
  say: show,
})

export const create = actCover<Project>({
  operationId: 'projects.create',
  usage: 'SLUG [options]',
  summary: 'Makes a project, of your own or of an organization.',
  positionals: [
    {
      member: 'slug',
      question: 'What is its short name?',
      fix: 'Name it in small letters: `alkhub projects create website`.',
    },
  ],
  inputs: { org: { ...org, summary: 'Whose it is: id or name (default: yours).' }, ...describing },
  say: (made) => `Made ${made.slug} (${made.projectId}).`,
})

export const update = actCover<Project>({
  operationId: 'projects.update',
  usage: 'PROJECT [options]',
  summary: 'Changes what is given. For who made it, and owner and admins of its organization.',
  positionals: [project],
  inputs: {
    slug: { type: 'string', value: 'SLUG', member: 'slug', summary: 'Another short name.' },
    ...describing,
  },
  say: show,
})

export const remove = actCover<ProjectRef>({
  operationId: 'projects.delete',
  usage: 'PROJECT [options]',
  summary: 'Removes a project.',
  positionals: [project],
  inputs: {
    force: {
      type: 'boolean',
      member: 'force',
      summary: 'Also when it has tasks, sessions or workflows, which go with it.',
    },
  },
  say: ({ projectId }) => `Removed ${projectId}.`,
})
