import { uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import type { Answer } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

// What an organization shares: outside services, workspaces, tasks.

let hub: TestStack
const scopes = ['orgs:*', 'clients:*', 'projects:*', 'tasks:*', 'audit:*', 'spokes:*']

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const as = (key: Pick<TestKey, 'key'>, operation: string, input: object = {}) =>
  call(hub, key, operation, input)

async function ok(key: Pick<TestKey, 'key'>, operation: string, input: object = {}) {
  const answer = await as(key, operation, input)
  expect({ operation, ...answer.body }).toMatchObject({ data: expect.anything() })
  return answer.body.data
}

function refused(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code })
}

let names = 0
async function team() {
  const people = await Promise.all([1, 2, 3, 4].map(() => hub.createKey(scopes)))
  const [owner, admin, member, outsider] = people as [TestKey, TestKey, TestKey, TestKey]
  const { orgId } = await ok(owner, 'orgs.create', { name: `team-${++names}` })
  for (const invited of [admin, member]) {
    await ok(owner, 'orgs.invite', { orgId, accountId: invited.accountId })
    await ok(invited, 'orgs.accept', { orgId })
  }
  await ok(owner, 'orgs.setMembership', {
    orgId,
    accountId: admin.accountId,
    membershipLevel: 'admin',
  })
  return { owner, admin, member, outsider, orgId: orgId as string }
}

const namesOf = (page: { items: { name: string }[] }) => page.items.map(({ name }) => name)

test('an outside service of an organization is seen by its members, changed by owner and admins, and unknown to other accounts', async () => {
  const { owner, admin, member, outsider, orgId } = await team()
  const service = (name: string) => ({
    name,
    type: 'llm-provider',
    config: { baseUrl: 'https://models.example.org/v1' },
    secret: 'sk-shared',
  })
  refused(await as(outsider, 'clients.create', { ...service('s-0'), orgId }), 404, 'ORG_NOT_FOUND')
  refused(await as(member, 'clients.create', { ...service('s-0'), orgId }), 403, 'ACCESS_DENIED')
  const made = await ok(admin, 'clients.create', { ...service('shared-1'), orgId })
  expect(made).toMatchObject({ orgId, ownerId: admin.accountId, hasSecret: true })
  await ok(owner, 'clients.create', { ...service('shared-2'), orgId })
  await ok(owner, 'clients.create', { ...service('shared-3'), orgId })
  await ok(member, 'clients.create', service('own-1'))
  expect(await ok(member, 'clients.get', { name: 'shared-1' })).toEqual(made)
  // A page at a time.
  const first = await ok(member, 'clients.list', { orgId, limit: 2 })
  expect(namesOf(first)).toEqual(['shared-1', 'shared-2'])
  const { nextCursor: cursor } = first
  const second = await ok(member, 'clients.list', { orgId, limit: 2, cursor })
  expect([namesOf(second), second.nextCursor]).toEqual([['shared-3'], undefined])
  expect(namesOf(await ok(member, 'clients.list'))).toEqual([
    'own-1',
    'shared-1',
    'shared-2',
    'shared-3',
  ])
  const change = { name: 'shared-1', enabled: false }
  refused(await as(member, 'clients.update', change), 403, 'ACCESS_DENIED')
  refused(await as(member, 'clients.delete', { name: 'shared-1' }), 403, 'ACCESS_DENIED')
  expect(await ok(owner, 'clients.update', change)).toMatchObject({ enabled: false, orgId })
  for (const [operation, input] of [
    ['clients.get', { name: 'shared-1' }],
    ['clients.update', change],
    ['clients.delete', { name: 'shared-1' }],
  ] as const)
    refused(await as(outsider, operation, input), 404, 'CLIENT_NOT_FOUND')
  expect((await ok(outsider, 'clients.list', { orgId })).items).toEqual([])
  // A member that leaves the organization loses its services, also those that it added.
  await ok(owner, 'orgs.removeMember', { orgId, accountId: admin.accountId })
  refused(await as(admin, 'clients.get', { name: 'shared-1' }), 404, 'CLIENT_NOT_FOUND')
  await ok(owner, 'clients.delete', { name: 'shared-1' })
  const log = await ok(owner, 'audit.list', { orgId, targetId: made.clientId })
  expect(log.items.map((row: { action: string }) => row.action).toSorted()).toEqual([
    'clients.created',
    'clients.deleted',
    'clients.updated',
  ])
})

test('a workspace has the rights of its project', async () => {
  const { owner, member, outsider, orgId } = await team()
  const slug = `space-${names}`
  const { projectId } = await ok(owner, 'projects.create', { slug, orgId })
  const input = { projectId, name: 'review', branch: 'fix/1', directory: '/srv/review' }
  const made = await ok(owner, 'workspaces.create', input)
  expect(made).toMatchObject({ ...input, status: 'active' })
  const { workspaceId } = made
  refused(await as(owner, 'workspaces.create', input), 409, 'CONFLICT')
  expect(await ok(member, 'workspaces.get', { workspaceId })).toEqual(made)
  expect((await ok(member, 'workspaces.list', { projectId })).items).toEqual([made])
  const archive = { workspaceId, status: 'archived' }
  refused(await as(member, 'workspaces.create', { ...input, name: 'x' }), 403, 'ACCESS_DENIED')
  refused(await as(member, 'workspaces.update', archive), 403, 'ACCESS_DENIED')
  refused(await as(member, 'workspaces.delete', { workspaceId }), 403, 'ACCESS_DENIED')
  refused(await as(outsider, 'workspaces.list', { projectId }), 404, 'PROJECT_NOT_FOUND')
  refused(await as(outsider, 'workspaces.create', input), 404, 'PROJECT_NOT_FOUND')
  refused(await as(outsider, 'workspaces.get', { workspaceId }), 404, 'WORKSPACE_NOT_FOUND')
  refused(await as(outsider, 'workspaces.update', archive), 404, 'WORKSPACE_NOT_FOUND')
  refused(await as(outsider, 'workspaces.delete', { workspaceId }), 404, 'WORKSPACE_NOT_FOUND')
  const archived = await ok(owner, 'workspaces.update', { ...archive, branch: null })
  expect(archived).toMatchObject({ status: 'archived', archivedAt: expect.any(String) })
  expect(archived).not.toHaveProperty('branch')
  expect((await ok(owner, 'workspaces.list', { projectId, status: 'active' })).items).toEqual([])
  const again = await ok(owner, 'workspaces.update', { workspaceId, status: 'active' })
  expect(again).not.toHaveProperty('archivedAt')
  await ok(owner, 'workspaces.delete', { workspaceId })
  refused(await as(owner, 'workspaces.get', { workspaceId }), 404, 'WORKSPACE_NOT_FOUND')
})

test('a workspace lies on a spoke that serves who says so, and stays when that spoke is deleted', async () => {
  const owner = await hub.createKey(['spokes:*', 'projects:*'])
  const foreign = await hub.createKey(['spokes:*'])
  await using _own = await HandSpoke.attach(hub.broker, owner.key, 'place-1', [specOf('a')])
  await using _other = await HandSpoke.attach(hub.broker, foreign.key, 'place-2', [specOf('a')])
  const { projectId } = await ok(owner, 'projects.create', { slug: 'placed' })
  const input = { projectId, name: 'main', spoke: 'place-1' }
  const { workspaceId, spoke } = await ok(owner, 'workspaces.create', input)
  expect(spoke).toBe('place-1')
  for (const name of ['place-2', 'place-3'])
    refused(
      await as(owner, 'workspaces.update', { workspaceId, spoke: name }),
      404,
      'SPOKE_NOT_FOUND',
    )
  await hub.database.sql`delete from spokes where name = 'place-1'`
  const left = await ok(owner, 'workspaces.get', { workspaceId })
  expect(left).not.toHaveProperty('spoke')
})

test('looking at tasks makes no project; one that is not there, or not seen, is not found', async () => {
  const { owner, member, outsider, orgId } = await team()
  expect((await ok(outsider, 'tasks.list')).items).toEqual([])
  expect((await ok(outsider, 'projects.list')).items).toEqual([])
  const slug = `tasks-${names}`
  const { projectId } = await ok(owner, 'projects.create', { slug, orgId })
  refused(await as(outsider, 'tasks.list', { project: slug }), 404, 'PROJECT_NOT_FOUND')
  refused(await as(owner, 'tasks.list', { project: 'no-such' }), 404, 'PROJECT_NOT_FOUND')
  expect((await ok(member, 'tasks.list', { project: slug })).items).toEqual([])
  await hub.database.sql`
    insert into tasks (id, project_id, slug, name) values (${uuidv7()}, ${projectId}, 'shared', 'Shared')`
  const found = { allProjects: true, q: 'shared' }
  expect((await ok(member, 'tasks.list', found)).items).toMatchObject([
    { slug: 'shared', project: slug },
  ])
  expect((await ok(outsider, 'tasks.list', found)).items).toEqual([])
  refused(await as(member, 'tasks.list', { ...found, project: slug }), 400, 'VALIDATION_ERROR')
})
