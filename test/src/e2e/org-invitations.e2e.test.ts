import { INVITATION_LIMITS } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../http.ts'
import type { Answer } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

let hub: TestStack
let names = 0
const everything = ['accounts:*', 'orgs:*', 'audit:*']

beforeAll(async () => {
  hub = await startTestStack()
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const person = () => hub.createKey(everything)
const as = (key: TestKey, operation: string, input: object = {}) => call(hub, key, operation, input)

async function ok(key: TestKey, operation: string, input: object = {}) {
  const answer = await as(key, operation, input)
  expect({ operation, ...answer.body }).toMatchObject({ data: expect.anything() })
  return answer.body.data
}

function refused(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body.code }).toEqual({ status, code })
}

async function founded(owner: TestKey): Promise<string> {
  return (await ok(owner, 'orgs.create', { name: `inviting-${++names}` })).orgId
}

const isMember = async (key: TestKey, orgId: string) =>
  (await as(key, 'orgs.get', { orgId })).status === 200

test.for(['orgs.invite', 'orgs.addMember'])(
  '%s makes no account a member and shows nothing of the invited account before it accepts',
  async (operation) => {
    const [owner, invited] = [await person(), await person()]
    const orgId = await founded(owner)
    const { accountId } = invited
    const made = await ok(owner, operation, { orgId, accountId })
    expect(made).toEqual({
      invitationId: expect.any(String),
      orgId,
      orgName: `inviting-${names}`,
      accountId,
      membershipLevel: 'member',
      invitedBy: owner.accountId,
      status: 'pending',
      createdAt: expect.any(String),
      expiresAt: expect.any(String),
    })
    expect(await isMember(invited, orgId)).toBe(false)
    refused(await as(owner, 'accounts.get', { accountId }), 404, 'ACCOUNT_NOT_FOUND')
    expect((await ok(owner, 'orgs.listMembers', { orgId })).items).toHaveLength(1)
    const listed = await as(owner, 'orgs.listInvitations', { orgId })
    expect(listed.body.data.items).toEqual([made])
    expect(JSON.stringify(listed.body)).not.toContain('@')
    expect((await ok(invited, 'orgs.listInvitations')).items).toEqual([made])

    expect(await ok(invited, 'orgs.accept', { orgId })).toEqual({ ...made, status: 'accepted' })
    expect(await isMember(invited, orgId)).toBe(true)
    expect((await ok(owner, 'accounts.get', { accountId })).accountId).toBe(accountId)
    expect((await ok(owner, 'orgs.listInvitations', { orgId })).items).toEqual([])
    const { items } = await ok(owner, 'audit.list', { orgId })
    const actions = items.map(({ action }: { action: string }) => action)
    expect(actions).toEqual(expect.arrayContaining(['orgs.invited', 'orgs.invitationAccepted']))
  },
)

test('an admin of the deployment invites like any other account', async () => {
  const [owner, invited] = [await person(), await person()]
  const orgId = await founded(owner)
  await ok(hub.admin, 'orgs.addMember', { orgId, accountId: invited.accountId })
  expect(await isMember(invited, orgId)).toBe(false)
})

test('no account accepts, declines or sees the invitation of another account', async () => {
  const [owner, invited, outsider] = [await person(), await person(), await person()]
  const orgId = await founded(owner)
  const { invitationId } = await ok(owner, 'orgs.invite', { orgId, accountId: invited.accountId })
  for (const who of [outsider, owner, hub.admin])
    for (const operation of ['orgs.accept', 'orgs.decline'])
      for (const choice of [{ invitationId }, { orgId }])
        refused(await as(who, operation, choice), 404, 'INVITATION_NOT_FOUND')
  for (const who of [outsider, invited])
    refused(await as(who, 'orgs.withdraw', { invitationId }), 404, 'INVITATION_NOT_FOUND')
  expect((await ok(outsider, 'orgs.listInvitations')).items).toEqual([])
  refused(await as(invited, 'orgs.listInvitations', { orgId }), 404, 'ORG_NOT_FOUND')
  refused(await as(invited, 'orgs.accept', {}), 400, 'VALIDATION_ERROR')
  refused(await as(invited, 'orgs.accept', { orgId, invitationId }), 400, 'VALIDATION_ERROR')
  expect(await isMember(invited, orgId)).toBe(false)
})

test('both sides end an invitation, and an ended or expired one is not accepted', async () => {
  const [owner, invited] = [await person(), await person()]
  const orgId = await founded(owner)
  const invite = () => ok(owner, 'orgs.invite', { orgId, accountId: invited.accountId })
  const ends = async (id: string, end: () => Promise<unknown>) => {
    await end()
    refused(await as(invited, 'orgs.accept', { invitationId: id }), 404, 'INVITATION_NOT_FOUND')
    refused(await as(owner, 'orgs.withdraw', { invitationId: id }), 404, 'INVITATION_NOT_FOUND')
  }
  const declined = (await invite()).invitationId
  await ends(declined, () => ok(invited, 'orgs.decline', { invitationId: declined }))
  const withdrawn = (await invite()).invitationId
  await ends(withdrawn, () => ok(owner, 'orgs.withdraw', { invitationId: withdrawn }))
  const expired = (await invite()).invitationId
  await ends(
    expired,
    () => hub.database.sql`
      update organization_invitations set expires_at = now() - interval '1 second' where id = ${expired}`,
  )
  expect((await ok(invited, 'orgs.listInvitations')).items).toEqual([])
  await invite()
  await ok(invited, 'orgs.accept', { orgId })
})

test('an invitation ends when who made it may no longer make it', async () => {
  const [owner, admin, guest] = [await person(), await person(), await person()]
  const orgId = await founded(owner)
  await ok(owner, 'orgs.invite', { orgId, accountId: admin.accountId, membershipLevel: 'admin' })
  await ok(admin, 'orgs.accept', { orgId })
  const invite = () => ok(admin, 'orgs.invite', { orgId, accountId: guest.accountId })
  await invite()
  const level = { orgId, accountId: admin.accountId }
  await ok(owner, 'orgs.setMembership', { ...level, membershipLevel: 'member' })
  refused(await as(guest, 'orgs.accept', { orgId }), 404, 'INVITATION_NOT_FOUND')
  await ok(owner, 'orgs.setMembership', { ...level, membershipLevel: 'admin' })
  await invite()
  await ok(owner, 'orgs.removeMember', level)
  refused(await as(guest, 'orgs.accept', { orgId }), 404, 'INVITATION_NOT_FOUND')
  expect(await isMember(guest, orgId)).toBe(false)
})

test('of acceptance, refusal and withdrawal at the same moment one holds', async () => {
  const [owner, invited] = [await person(), await person()]
  const orgId = await founded(owner)
  for (let round = 0; round < 5; round += 1) {
    const { invitationId } = await ok(owner, 'orgs.invite', {
      orgId,
      accountId: invited.accountId,
    })
    const answers = await Promise.all([
      as(invited, 'orgs.accept', { invitationId }),
      as(invited, 'orgs.decline', { invitationId }),
      as(owner, 'orgs.withdraw', { invitationId }),
    ])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(await isMember(invited, orgId)).toBe(answers[0].status === 200)
    if (answers[0].status === 200)
      await ok(invited, 'orgs.removeMember', { orgId, accountId: invited.accountId })
  }
})

test('an account is invited by one organization a limited number of times a day', async () => {
  const [owner, invited] = [await person(), await person()]
  const orgId = await founded(owner)
  const input = { orgId, accountId: invited.accountId }
  for (let made = 0; made < INVITATION_LIMITS.perInvited; made += 1) {
    await ok(owner, 'orgs.invite', input)
    await ok(invited, 'orgs.decline', { orgId })
  }
  const answer = await as(owner, 'orgs.invite', input)
  refused(answer, 429, 'RATE_LIMITED')
  await hub.database.sql`
    update organization_invitations set created_at = created_at - interval '25 hours' where org_id = ${orgId}`
  expect(await ok(owner, 'orgs.invite', input)).toMatchObject({ status: 'pending' })
})

test('an account and an organization make a limited number of invitations a day', async () => {
  const [owner, admin, ...invited] = await Promise.all(Array.from({ length: 4 }, person))
  if (owner === undefined || admin === undefined) throw new Error('too few people')
  const [orgId, other] = [await founded(owner), await founded(owner)]
  await ok(owner, 'orgs.invite', { orgId, accountId: admin.accountId, membershipLevel: 'admin' })
  await ok(admin, 'orgs.accept', { orgId })
  await hub.database.sql`
    insert into organization_invitations (id, org_id, account_id, invited_by, status, expires_at, ended_at)
    select gen_random_uuid()::text, ${orgId}, ${invited[0]?.accountId ?? ''}, ${owner.accountId}, 'declined', now(), now()
    from generate_series(2, ${INVITATION_LIMITS.perInviter})`
  const accountId = invited[1]?.accountId ?? ''
  for (const [who, where] of [
    [owner, other],
    [admin, orgId],
  ] as const)
    refused(await as(who, 'orgs.invite', { orgId: where, accountId }), 429, 'RATE_LIMITED')
  expect((await ok(invited[1] ?? owner, 'orgs.listInvitations')).items).toEqual([])
})
