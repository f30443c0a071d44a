import { createAccount } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import type { Answer } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

let hub: TestStack
let names = 0
const everything = [
  'accounts:*',
  'orgs:*',
  'projects:*',
  'roles:*',
  'audit:*',
  'keys:*',
  'clients:*',
]

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const byText = (a: string, b: string) => a.localeCompare(b)
const fresh = (word: string) => `${word}-${++names}`
const person = (scopes: readonly string[] = everything) => hub.createKey(scopes)
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

async function organization(owner: TestKey, ...members: TestKey[]): Promise<string> {
  const { orgId } = await ok(owner, 'orgs.create', { name: fresh('org') })
  for (const member of members) {
    await ok(owner, 'orgs.invite', { orgId, accountId: member.accountId })
    await ok(member, 'orgs.accept', { orgId })
  }
  return orgId
}

test('accounts are made, changed and suspended by admins alone', async () => {
  const user = await person()
  const email = 'New@Example.com'
  refused(await as(user, 'accounts.create', { email }), 403, 'ACCESS_DENIED')
  const made = await ok(hub.admin, 'accounts.create', { email, kind: 'llm', displayName: 'New' })
  expect(made).toMatchObject({ email: 'new@example.com', kind: 'llm', status: 'active' })
  refused(await as(hub.admin, 'accounts.create', { email }), 409, 'CONFLICT')
  refused(await as(hub.admin, 'accounts.create', { email: 'invalid' }), 400, 'VALIDATION_ERROR')
  const { accountId } = made
  const raise = { accountId: user.accountId, accessLevel: 'admin' }
  refused(await as(user, 'accounts.update', raise), 403, 'ACCESS_DENIED')
  refused(
    await as(user, 'accounts.update', { accountId, displayName: 'X' }),
    404,
    'ACCOUNT_NOT_FOUND',
  )
  refused(
    await as(user, 'accounts.setStatus', { accountId, status: 'suspended' }),
    403,
    'ACCESS_DENIED',
  )
  const own = { accountId: user.accountId, displayName: 'Me' }
  expect(await ok(user, 'accounts.update', own)).toMatchObject({ displayName: 'Me' })
  const cleared = { accountId: user.accountId, displayName: null }
  expect(await ok(user, 'accounts.update', cleared)).not.toHaveProperty('displayName')
  refused(await as(user, 'accounts.update', { accountId: user.accountId }), 400, 'VALIDATION_ERROR')
  const suspended = await ok(hub.admin, 'accounts.setStatus', { accountId, status: 'suspended' })
  expect(suspended.status).toBe('suspended')
})

test('the last active admin can neither be suspended nor lowered', async () => {
  const { accountId } = hub.admin
  const suspend = { accountId, status: 'suspended' }
  refused(await as(hub.admin, 'accounts.setStatus', suspend), 409, 'CONFLICT')
  refused(
    await as(hub.admin, 'accounts.update', { accountId, accessLevel: 'user' }),
    409,
    'CONFLICT',
  )
  expect(await ok(hub.admin, 'accounts.get', { accountId })).toMatchObject({
    status: 'active',
    accessLevel: 'admin',
  })
})

test('of two admins that suspend each other at once one stays', async () => {
  const second = await createAccount(hub.database.db, {
    email: 'second@example.com',
    accessLevel: 'admin',
  })
  const other = await hub.createKey(['*'], second.id)
  const lower = (key: TestKey, accountId: string) =>
    as(key, 'accounts.update', { accountId, accessLevel: 'user' })
  const answers = await Promise.all([
    lower(hub.admin, second.id),
    lower(other, hub.admin.accountId),
  ])
  const stillAdmin = await hub.database.sql`select id from accounts where access_level = 'admin'`
  expect(stillAdmin).toHaveLength(1)
  expect(answers.some(({ status }) => status === 200)).toBe(true)
  await hub.database
    .sql`update accounts set access_level = 'admin' where id = ${hub.admin.accountId}`
  await hub.database.sql`update accounts set access_level = 'user' where id = ${second.id}`
})

test('an account sees itself and the accounts that share an organization with it, and no other', async () => {
  const [owner, member, outsider] = [await person(), await person(), await person()]
  await organization(owner, member)
  const seen = await ok(member, 'accounts.list')
  expect(seen.items.map((item: { accountId: string }) => item.accountId).toSorted(byText)).toEqual(
    [owner.accountId, member.accountId].toSorted(byText),
  )
  expect((await ok(outsider, 'accounts.list')).items).toHaveLength(1)
  refused(
    await as(outsider, 'accounts.get', { accountId: owner.accountId }),
    404,
    'ACCOUNT_NOT_FOUND',
  )
  expect(await ok(member, 'accounts.get', { accountId: owner.accountId })).toMatchObject({
    accountId: owner.accountId,
  })
  const pages = await ok(hub.admin, 'accounts.list', { limit: 2 })
  expect(pages.items).toHaveLength(2)
  const next = await ok(hub.admin, 'accounts.list', { limit: 2, cursor: pages.nextCursor })
  expect(next.items[0].accountId > pages.items[1].accountId).toBe(true)
  refused(await as(hub.admin, 'accounts.list', { cursor: 'nonsense' }), 400, 'VALIDATION_ERROR')
})

test('an organization is seen by its members, and to others it is not there', async () => {
  const [owner, member, outsider] = [await person(), await person(), await person()]
  const orgId = await organization(owner, member)
  expect(await ok(member, 'orgs.get', { orgId })).toMatchObject({
    orgId,
    ownerId: owner.accountId,
    membershipLevel: 'member',
  })
  expect((await ok(member, 'orgs.list')).items).toHaveLength(1)
  expect((await ok(member, 'orgs.listMembers', { orgId })).items).toHaveLength(2)
  expect((await ok(outsider, 'orgs.list')).items).toEqual([])
  refused(await as(outsider, 'orgs.list', { all: true }), 403, 'ACCESS_DENIED')
  const tried: [string, object][] = [
    ['orgs.get', {}],
    ['orgs.listMembers', {}],
    ['orgs.update', { displayName: 'Mine' }],
    ['orgs.delete', {}],
    ['orgs.addMember', { accountId: outsider.accountId }],
    ['orgs.invite', { accountId: outsider.accountId }],
    ['orgs.listInvitations', {}],
    ['orgs.removeMember', { accountId: member.accountId }],
    ['orgs.removeMember', { accountId: outsider.accountId }],
    ['orgs.setMembership', { accountId: member.accountId, membershipLevel: 'admin' }],
    ['orgs.transferOwnership', { accountId: outsider.accountId }],
    ['audit.list', {}],
  ]
  for (const [operation, input] of tried)
    refused(await as(outsider, operation, { orgId, ...input }), 404, 'ORG_NOT_FOUND')
})

test('in an organization a member reads, an admin adds and removes members, the owner does the rest', async () => {
  const [owner, admin, member, guest] = [
    await person(),
    await person(),
    await person(),
    await person(),
  ]
  const orgId = await organization(owner, admin, member)
  const setAdmin = { orgId, accountId: admin.accountId, membershipLevel: 'admin' }
  for (const [operation, input] of [
    ['orgs.update', { displayName: 'X' }],
    ['orgs.addMember', { accountId: guest.accountId }],
    ['orgs.removeMember', { accountId: admin.accountId }],
    ['orgs.setMembership', { accountId: member.accountId, membershipLevel: 'admin' }],
    ['orgs.transferOwnership', { accountId: member.accountId }],
    ['orgs.delete', {}],
    ['audit.list', {}],
  ] as const)
    refused(await as(member, operation, { orgId, ...input }), 403, 'ACCESS_DENIED')
  expect(await ok(owner, 'orgs.setMembership', setAdmin)).toMatchObject({
    membershipLevel: 'admin',
  })
  const add = { orgId, accountId: guest.accountId }
  refused(
    await as(admin, 'orgs.addMember', { ...add, membershipLevel: 'admin' }),
    403,
    'ACCESS_DENIED',
  )
  refused(
    await as(admin, 'orgs.addMember', { ...add, membershipLevel: 'owner' }),
    400,
    'VALIDATION_ERROR',
  )
  await ok(admin, 'orgs.addMember', add)
  refused(await as(admin, 'orgs.addMember', add), 409, 'CONFLICT')
  await ok(guest, 'orgs.accept', { orgId })
  refused(await as(admin, 'orgs.invite', add), 409, 'CONFLICT')
  const unprivileged = { orgId, accountId: orgId }
  refused(await as(admin, 'orgs.addMember', unprivileged), 404, 'ACCOUNT_NOT_FOUND')
  refused(await as(admin, 'orgs.removeMember', unprivileged), 404, 'MEMBER_NOT_FOUND')
  const removeOwner = { orgId, accountId: owner.accountId }
  refused(await as(admin, 'orgs.removeMember', removeOwner), 409, 'CONFLICT')
  refused(await as(owner, 'orgs.removeMember', removeOwner), 409, 'CONFLICT')
  await ok(admin, 'orgs.removeMember', add)
  await ok(member, 'orgs.removeMember', { orgId, accountId: member.accountId })
  refused(await as(member, 'orgs.get', { orgId }), 404, 'ORG_NOT_FOUND')
  refused(await as(admin, 'orgs.delete', { orgId }), 403, 'ACCESS_DENIED')
})

test('an organization is transferred only to a member, and the former owner stays as admin', async () => {
  const [owner, heir, outsider] = [await person(), await person(), await person()]
  const orgId = await organization(owner, heir)
  const to = ({ accountId }: TestKey) => ({ orgId, accountId })
  refused(await as(owner, 'orgs.transferOwnership', to(outsider)), 404, 'MEMBER_NOT_FOUND')
  refused(await as(heir, 'orgs.transferOwnership', to(heir)), 403, 'ACCESS_DENIED')
  expect(await ok(owner, 'orgs.transferOwnership', to(heir))).toMatchObject({
    ownerId: heir.accountId,
    membershipLevel: 'admin',
  })
  refused(await as(owner, 'orgs.transferOwnership', to(owner)), 403, 'ACCESS_DENIED')
})

test('whatever members and owners do at the same time, the owner is a member of level owner', async () => {
  const people = [await person(), await person(), await person()] as const
  const [owner, second, third] = people
  const orgId = await organization(owner, second, third)
  for (let round = 0; round < 6; round += 1) {
    const answers = await Promise.all(
      people.flatMap((actor) =>
        people.flatMap(({ accountId }) => [
          as(actor, 'orgs.transferOwnership', { orgId, accountId }),
          as(actor, 'orgs.removeMember', { orgId, accountId }),
          as(actor, 'orgs.setMembership', { orgId, accountId, membershipLevel: 'member' }),
        ]),
      ),
    )
    for (const { status } of answers) expect([200, 403, 404, 409]).toContain(status)
    const owners = await hub.database.sql`
      select o.owner_id, m.membership_level from organizations o
      left join organization_members m on m.org_id = o.id and m.account_id = o.owner_id
      where o.id = ${orgId}`
    expect(owners).toMatchObject([{ membership_level: 'owner' }])
    const current = people.find(({ accountId }) => accountId === owners[0]?.['owner_id'])
    for (const one of people) {
      await call(hub, current ?? owner, 'orgs.invite', { orgId, accountId: one.accountId })
      await call(hub, one, 'orgs.accept', { orgId })
    }
  }
})

test('a project is seen by the members of its organization and changed by who made it or administers that', async () => {
  const [owner, maker, member, outsider] = [
    await person(),
    await person(),
    await person(),
    await person(),
  ]
  const orgId = await organization(owner, maker, member)
  const slug = fresh('project')
  refused(await as(outsider, 'projects.create', { slug, orgId }), 404, 'ORG_NOT_FOUND')
  const made = await ok(maker, 'projects.create', {
    slug,
    orgId,
    repoUrl: 'https://git.example.org/a',
  })
  expect(made).toMatchObject({ slug, name: slug, orgId, ownerId: maker.accountId, vcs: 'git' })
  const { projectId } = made
  refused(await as(member, 'projects.create', { slug, orgId }), 409, 'CONFLICT')
  expect(await ok(member, 'projects.get', { projectId })).toEqual(made)
  refused(await as(member, 'projects.update', { projectId, name: 'X' }), 403, 'ACCESS_DENIED')
  refused(await as(member, 'projects.delete', { projectId }), 403, 'ACCESS_DENIED')
  for (const operation of ['projects.get', 'projects.update', 'projects.delete'])
    refused(
      await as(outsider, operation, {
        projectId,
        ...(operation.endsWith('update') && { name: 'X' }),
      }),
      404,
      'PROJECT_NOT_FOUND',
    )
  expect((await ok(outsider, 'projects.list', { orgId })).items).toEqual([])
  expect(
    await ok(owner, 'projects.update', { projectId, name: 'New', repoUrl: null }),
  ).toMatchObject({
    name: 'New',
  })
  await ok(maker, 'projects.create', { slug })
  expect((await ok(maker, 'projects.list')).items).toHaveLength(2)
  expect((await ok(maker, 'projects.list', { orgId })).items).toHaveLength(1)
  const withPassword = { slug: fresh('p'), repoUrl: 'https://me:hunter2@git.example.org/a' }
  const answer = await as(maker, 'projects.create', withPassword)
  refused(answer, 400, 'VALIDATION_ERROR')
  expect(JSON.stringify(answer.body)).not.toContain('hunter2')
  refused(await as(owner, 'orgs.delete', { orgId }), 409, 'CONFLICT')
  await ok(owner, 'projects.delete', { projectId })
  expect(await ok(owner, 'orgs.delete', { orgId })).toEqual({ orgId })
  refused(await as(member, 'orgs.get', { orgId }), 404, 'ORG_NOT_FOUND')
})

test('a project that has tasks goes only when that is said', async () => {
  const maker = await person(['projects:*', 'tasks:*'])
  const project = fresh('tasked')
  const content = '---\nid: one\nname: One\ndepends_on: []\n---\nDo it.\n'
  const { projectId } = await ok(maker, 'tasks.sync', {
    project,
    files: [{ path: 'one.md', content }],
  })
  const answer = await as(maker, 'projects.delete', { projectId })
  refused(answer, 409, 'CONFLICT')
  expect(answer.body.details).toMatchObject({ tasks: 1 })
  await ok(maker, 'projects.delete', { projectId, force: true })
  refused(await as(maker, 'projects.get', { projectId }), 404, 'PROJECT_NOT_FOUND')
})

test('roles are read by every key with the scope and changed by admins alone', async () => {
  const user = await person()
  const { items } = await ok(user, 'roles.list')
  expect(items.map((role: { name: string }) => role.name)).toEqual([
    'architect',
    'architecture-reviewer',
    'code-reviewer',
    'coordinator',
    'decomposer',
    'implementation-specialist',
    'poc-specialist',
    'research-specialist',
  ])
  const name = fresh('role')
  const rules = [{ action: 'read', permission: 'deny', pattern: '*.key' }]
  const input = { name, mode: 'subagent', parent: 'code-reviewer', permissions: rules }
  refused(await as(user, 'roles.create', input), 403, 'ACCESS_DENIED')
  expect(await ok(hub.admin, 'roles.create', input)).toMatchObject({
    name,
    parent: 'code-reviewer',
  })
  refused(await as(hub.admin, 'roles.create', input), 409, 'CONFLICT')
  const { effective } = await ok(user, 'roles.get', { name })
  expect(effective.permissions[0]).toEqual(rules[0])
  expect(effective.permissions.length).toBeGreaterThan(1)
  expect(effective.temperature).toBeGreaterThan(0)
  const check = (action: string, on: string) => ok(user, 'roles.check', { name, action, on })
  expect(await check('read', 'a/b.key')).toEqual({ permission: 'deny', rule: rules[0] })
  for (const on of ['a/b.ts', ''])
    expect(await check('read', on)).toEqual(
      await ok(user, 'roles.check', { name: 'code-reviewer', action: 'read', on }),
    )
  const missing = { name: 'missing', action: 'read', on: 'x' }
  refused(await as(user, 'roles.check', missing), 404, 'ROLE_NOT_FOUND')
  refused(await as(user, 'roles.update', { name, description: 'X' }), 403, 'ACCESS_DENIED')
  refused(await as(user, 'roles.delete', { name }), 403, 'ACCESS_DENIED')
  refused(await as(hub.admin, 'roles.update', { name, parent: 'missing' }), 404, 'ROLE_NOT_FOUND')
  refused(
    await as(hub.admin, 'roles.update', { name: 'code-reviewer', parent: name }),
    409,
    'CONFLICT',
  )
  refused(await as(hub.admin, 'roles.delete', { name: 'code-reviewer' }), 409, 'CONFLICT')
  await ok(hub.admin, 'roles.update', { name, parent: null })
  await ok(hub.admin, 'roles.delete', { name })
  refused(await as(user, 'roles.get', { name }), 404, 'ROLE_NOT_FOUND')
})

test('concurrent changes of the parents of roles never make a cycle', async () => {
  const made = ['a', 'b', 'c'].map((word) => fresh(word))
  for (const name of made) await ok(hub.admin, 'roles.create', { name, mode: 'primary' })
  const answers = await Promise.all(
    made.map((name, at) =>
      as(hub.admin, 'roles.update', { name, parent: made[(at + 1) % made.length] }),
    ),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 409])
})

test('a key is changed, disabled and enabled by its account, within the rights of who does it', async () => {
  const user = await person([...everything, 'fs:read'])
  const weak = await hub.createKey(['keys:*'], user.accountId)
  const { keyId, key } = await ok(user, 'keys.create', {
    name: 'ci',
    scopes: ['fs:read', 'accounts:read'],
  })
  const update = (input: object) => ({ keyId, ...input })
  expect(
    await ok(
      user,
      'keys.update',
      update({ name: 'CI', tags: ['A'], expiresAt: '2999-01-01T00:00:00Z' }),
    ),
  ).toMatchObject({ name: 'CI', tags: ['a'], expiresAt: '2999-01-01T00:00:00.000Z' })
  expect(await ok(user, 'keys.update', update({ expiresAt: null }))).not.toHaveProperty('expiresAt')
  refused(await as(user, 'keys.update', update({ scopes: ['fs:write'] })), 403, 'ACCESS_DENIED')
  refused(
    await as(user, 'keys.update', update({ resources: { 'spoke:x': ['call'] } })),
    403,
    'ACCESS_DENIED',
  )
  refused(
    await as(user, 'keys.update', update({ expiresAt: '2001-01-01T00:00:00Z' })),
    400,
    'VALIDATION_ERROR',
  )
  refused(await as(user, 'keys.update', { keyId }), 400, 'VALIDATION_ERROR')
  refused(await as(weak, 'keys.update', update({ expiresAt: null })), 403, 'ACCESS_DENIED')
  refused(await as(weak, 'keys.update', update({ enabled: false })), 403, 'ACCESS_DENIED')
  expect(await ok(user, 'keys.update', update({ enabled: false }))).toMatchObject({
    enabled: false,
  })
  refused(await as(weak, 'keys.update', update({ enabled: true })), 403, 'ACCESS_DENIED')
  await expect.poll(async () => (await as({ key }, 'accounts.me')).status).toBe(401)
  await ok(user, 'keys.update', update({ enabled: true, scopes: ['fs:read'] }))
  await expect.poll(async () => (await as({ key }, 'accounts.me')).status).toBe(200)
  const outsider = await person()
  for (const [operation, input] of [
    ['keys.get', {}],
    ['keys.update', { enabled: false }],
    ['keys.revoke', {}],
    ['keys.rotate', {}],
  ] as const)
    refused(await as(outsider, operation, update(input)), 404, 'KEY_NOT_FOUND')
  await ok(user, 'keys.revoke', { keyId })
  refused(await as(user, 'keys.update', update({ name: 'late' })), 409, 'CONFLICT')
  expect(await ok(user, 'keys.get', { keyId })).toHaveProperty('revokedAt')
})

test('only an admin makes, lists and revokes keys of other accounts', async () => {
  const [user, outsider] = [await person(), await person()]
  const { accountId } = user
  const create = { name: 'for you', scopes: ['fs:read'], accountId }
  refused(await as(outsider, 'keys.create', create), 403, 'ACCESS_DENIED')
  refused(await as(outsider, 'keys.list', { accountId }), 403, 'ACCESS_DENIED')
  const made = await ok(hub.admin, 'keys.create', create)
  expect(made.ownerId).toBe(accountId)
  expect(await ok({ key: made.key }, 'accounts.me')).toMatchObject({ accountId })
  expect((await ok(hub.admin, 'keys.list', { accountId })).items).toHaveLength(2)
  await ok(hub.admin, 'keys.revoke', { keyId: made.keyId })
  refused(
    await as(hub.admin, 'keys.create', { ...create, accountId: made.keyId }),
    404,
    'ACCOUNT_NOT_FOUND',
  )
})

test('an outside service is changed by its owner, and its secret is replaced and removed without being shown', async () => {
  const [owner, outsider] = [await person(), await person()]
  const name = fresh('client')
  const config = { baseUrl: 'https://models.example.org/v1' }
  await ok(owner, 'clients.create', {
    name,
    type: 'llm-provider',
    config,
    secret: 'sk-first-secret',
  })
  const stored = async () =>
    JSON.stringify(
      await hub.database.sql`
      select s.value from client_secrets s join clients c on c.id = s.client_id where c.name = ${name}`,
    )
  const before = await stored()
  const replaced = await ok(owner, 'clients.update', { name, secret: 'sk-second-secret' })
  expect(replaced).toMatchObject({ hasSecret: true, config })
  expect(await stored()).not.toBe(before)
  expect(await ok(owner, 'clients.update', { name, enabled: false, secret: null })).toMatchObject({
    hasSecret: false,
    enabled: false,
  })
  refused(
    await as(owner, 'clients.update', { name, config: { baseUrl: 'x' } }),
    400,
    'VALIDATION_ERROR',
  )
  expect(await ok(owner, 'clients.get', { name })).toMatchObject({ config, enabled: false })
  refused(await as(outsider, 'clients.get', { name }), 404, 'CLIENT_NOT_FOUND')
  refused(await as(outsider, 'clients.update', { name, enabled: true }), 404, 'CLIENT_NOT_FOUND')
})

test('the audit log says who did what, on what, from where and with which result, and to whom it tells it', async () => {
  const [owner, member] = [await person(), await person()]
  const orgId = await organization(owner, member)
  refused(await as(member, 'orgs.delete', { orgId }), 403, 'ACCESS_DENIED')
  const { items } = await ok(owner, 'audit.list', { orgId })
  expect(items).toMatchObject([
    {
      action: 'orgs.invitationAccepted',
      accountId: member.accountId,
      keyId: member.keyId,
      targetId: member.accountId,
    },
    {
      action: 'orgs.invited',
      accountId: owner.accountId,
      keyId: owner.keyId,
      targetId: member.accountId,
      result: 'success',
      ip: '127.0.0.1',
      callId: expect.any(String),
    },
    { action: 'orgs.created', targetId: orgId },
  ])
  const own = await ok(member, 'audit.list')
  expect(own.items).toMatchObject([
    { action: 'orgs.delete', result: 'denied', code: 'ACCESS_DENIED', data: { orgId } },
    { action: 'orgs.invitationAccepted', result: 'success' },
  ])
  refused(await as(member, 'audit.list', { accountId: owner.accountId }), 403, 'ACCESS_DENIED')
  const first = await ok(hub.admin, 'audit.list', { accountId: owner.accountId, limit: 1 })
  const next = await ok(hub.admin, 'audit.list', {
    accountId: owner.accountId,
    limit: 1,
    cursor: first.nextCursor,
  })
  expect([first.items[0].action, next.items[0].action]).toEqual(['orgs.invited', 'orgs.created'])
  await expect(hub.database.sql`delete from audit_logs`).rejects.toThrow(/append-only/)
})

test('without the scope an operation is not there', async () => {
  const unprivileged = await person([])
  const operations = [
    'accounts.list',
    'accounts.create',
    'orgs.create',
    'projects.list',
    'roles.list',
    'roles.check',
    'audit.list',
    'keys.update',
    'clients.update',
  ]
  const answers = await Promise.all(operations.map((operation) => as(unprivileged, operation)))
  expect(answers.map(({ body }) => body.code)).toEqual(operations.map(() => 'OPERATION_NOT_FOUND'))
})
