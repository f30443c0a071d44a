import type { ProjectRow, WorkspaceView } from '@alkdev/storage'
import { expect, test } from 'vitest'
import { workspaceEvent, workspaceNotFound, workspaceView } from './workspace-view.ts'

const row = {
  id: 'w1',
  projectId: 'p1',
  name: 'fix-login',
  status: 'active',
  spoke: null,
  branch: null,
  directory: null,
  worktree: null,
  expectedHead: null,
  archivedAt: null,
  createdAt: new Date('2026-01-02T03:04:05.000Z'),
} as unknown as WorkspaceView

test('the view of a workspace omits the columns that are null', () => {
  expect(workspaceView(row)).toEqual({
    workspaceId: 'w1',
    projectId: 'p1',
    name: 'fix-login',
    status: 'active',
    createdAt: '2026-01-02T03:04:05.000Z',
  })
})

test('the view of a workspace names its spoke and the head that is expected, and shows when it was archived', () => {
  const archivedAt = new Date('2026-02-03T04:05:06.000Z')
  const place = { spoke: 'laptop', branch: 'main', directory: '/w', worktree: 'login' }
  expect(workspaceView({ ...row, ...place, expectedHead: 'c1', archivedAt })).toMatchObject({
    ...place,
    head: 'c1',
    archivedAt: '2026-02-03T04:05:06.000Z',
  })
})

test('an event of a workspace has the owner and the organization of its project', () => {
  const project = { id: 'p1', ownerId: 'ada', orgId: 'lab' } as unknown as ProjectRow
  expect(workspaceEvent(project)).toEqual({ projectId: 'p1', ownerId: 'ada', orgId: 'lab' })
  expect(workspaceEvent({ ...project, orgId: null })).toEqual({ projectId: 'p1', ownerId: 'ada' })
})

test('a workspace that does not exist is an error with its id and the status 404', () => {
  const { code, details, status } = workspaceNotFound('w2')
  expect({ code, details, status }).toEqual({
    code: 'WORKSPACE_NOT_FOUND',
    details: { workspaceId: 'w2' },
    status: 404,
  })
})
