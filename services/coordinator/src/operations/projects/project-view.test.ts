import { CallError } from '@alkdev/operations'
import type { ProjectRow } from '@alkdev/storage'
import { expect, test } from 'vitest'
import { checkRepoUrl, projectNotFound, projectView } from './project-view.ts'

const row = {
  id: 'p1',
  slug: 'hub',
  name: 'The hub',
  ownerId: 'ada',
  orgId: null,
  vcs: 'git',
  directory: null,
  repoUrl: 'https://forge.example/hub.git',
  iconUrl: null,
  iconColor: null,
  createdAt: new Date('2026-01-02T03:04:05.000Z'),
} as unknown as ProjectRow

test('the view of a project omits the columns that are null', () => {
  expect(projectView(row)).toEqual({
    projectId: 'p1',
    slug: 'hub',
    name: 'The hub',
    ownerId: 'ada',
    vcs: 'git',
    repoUrl: 'https://forge.example/hub.git',
    createdAt: '2026-01-02T03:04:05.000Z',
  })
})

test('the view of a project shows its organization', () => {
  expect(projectView({ ...row, orgId: 'lab' })).toMatchObject({ orgId: 'lab' })
})

test('a project that does not exist is an error with its id and the status 404', () => {
  const { code, details, status } = projectNotFound('p2')
  expect({ code, details, status }).toEqual({
    code: 'PROJECT_NOT_FOUND',
    details: { projectId: 'p2' },
    status: 404,
  })
})

test.each([undefined, null, 'https://forge.example/a', 'git@forge.example:a.git', 'ssh://git@x/a'])(
  'the repository address %s is accepted',
  (url) => {
    expect(checkRepoUrl(url)).toBeUndefined()
  },
)

test('a repository address with a password is refused, without the password in the error', () => {
  let thrown: unknown
  try {
    checkRepoUrl('https://ada:s3cret@forge.example/a')
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(CallError)
  expect(thrown).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { errors: [{ path: '/repoUrl' }] },
  })
  expect(JSON.stringify(thrown) + String(thrown)).not.toContain('s3cret')
})
