import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { mayAnswerApproval as mayAnswer, maySeeApproval as maySee } from './approval-access.ts'

const approve = ['sessions:approve']
type Asked = Parameters<typeof maySee>[1]
const approval: Asked = {
  kind: 'question',
  accountId: 'owner',
  orgId: 'org',
  sessionId: 'asker',
  askedOf: [],
}

const maySeeApproval = (identity: Identity, asked: Asked, isMember: boolean, isAbove = false) =>
  maySee(identity, asked, { isMember, isAbove })
const mayAnswerApproval = (identity: Identity, asked: Asked, isMember: boolean) =>
  mayAnswer(identity, asked, { isMember })

test('the owner sees an approval without a scope, and answers it with sessions:approve', () => {
  const owner = { id: 'owner', scopes: [] }
  expect(maySeeApproval(owner, approval, false)).toBe(true)
  expect(mayAnswerApproval(owner, approval, false)).toBe(false)
  expect(mayAnswerApproval({ ...owner, scopes: approve }, approval, false)).toBe(true)
})

test('a member of the organization sees it with sessions:read and answers it with sessions:approve', () => {
  const member = { id: 'member', orgIds: ['org'], scopes: ['sessions:read'] }
  expect(maySeeApproval(member, approval, true)).toBe(true)
  expect(mayAnswerApproval(member, approval, true)).toBe(false)
  expect(mayAnswerApproval({ ...member, scopes: approve }, approval, true)).toBe(true)
  expect(maySeeApproval({ ...member, scopes: [] }, approval, true)).toBe(false)
  // The membership has ended since the key was read.
  expect(maySeeApproval({ ...member, scopes: ['*'] }, approval, false)).toBe(false)
  expect(mayAnswerApproval({ ...member, scopes: ['*'] }, approval, false)).toBe(false)
})

test('no other caller sees it, whatever its scopes', () => {
  const other = { id: 'other', orgIds: ['another'], scopes: ['*'] }
  expect(maySeeApproval(other, approval, false)).toBe(false)
  expect(mayAnswerApproval(other, approval, false)).toBe(false)
})

test('what is asked of named accounts is answered by them alone', () => {
  const named = { ...approval, askedOf: ['account:boss'] }
  expect(mayAnswerApproval({ id: 'boss', scopes: approve }, named, true)).toBe(true)
  expect(maySeeApproval({ id: 'boss', scopes: [] }, named, true)).toBe(true)
  const personal = { ...named, orgId: null }
  expect(maySeeApproval({ id: 'boss', scopes: [] }, personal, false)).toBe(true)
  expect(mayAnswerApproval({ id: 'owner', scopes: approve }, named, false)).toBe(false)
  expect(maySeeApproval({ id: 'owner', scopes: approve }, named, false)).toBe(true)
})

test('an account that was asked and has left the organization neither sees nor answers it', () => {
  const named = { ...approval, askedOf: ['account:boss', 'account:owner'] }
  const boss = { id: 'boss', orgIds: ['org'], scopes: ['*'] }
  expect(maySeeApproval(boss, named, false)).toBe(false)
  expect(mayAnswerApproval(boss, named, false)).toBe(false)
  expect(mayAnswerApproval({ id: 'owner', scopes: approve }, named, false)).toBe(true)
})

test('a tool call that a session above is asked about is answered by persons too, a question is not', () => {
  const askedOf = ['session:parent']
  const tool = { ...approval, kind: 'tool', askedOf } as const
  const owner = { id: 'owner', scopes: approve }
  const member = { id: 'member', orgIds: ['org'], scopes: approve }
  expect(mayAnswerApproval(owner, tool, false)).toBe(true)
  expect(mayAnswerApproval(member, tool, true)).toBe(true)
  expect(mayAnswerApproval(member, tool, false)).toBe(false)
  expect(mayAnswerApproval(owner, { ...approval, askedOf }, false)).toBe(false)
  const named = { ...tool, askedOf: ['session:parent', 'account:boss'] }
  expect(mayAnswerApproval(owner, named, false)).toBe(false)
})

test('a session answers what is asked of it, and never itself', () => {
  const session = (sessionId: string) => ({ id: 'owner', scopes: ['*'], sessionId })
  const asked = { ...approval, askedOf: ['session:parent', 'session:asker'] }
  expect(mayAnswerApproval(session('parent'), asked, false)).toBe(true)
  expect(mayAnswerApproval(session('asker'), asked, false)).toBe(false)
  expect(mayAnswerApproval(session('parent'), approval, false)).toBe(false)
})

test('a session above sees an approval that others are asked about, and does not answer it', () => {
  const above = { id: 'owner', scopes: ['*'], sessionId: 'grandparent' }
  const asked = { ...approval, kind: 'tool', askedOf: ['session:parent'] } as const
  expect(maySeeApproval(above, asked, true, true)).toBe(true)
  expect(mayAnswerApproval(above, asked, true)).toBe(false)
})

test('a session sees its own approvals and those asked of it, and no other of its account', () => {
  const sees = (sessionId: string, more: object = {}) =>
    maySeeApproval({ id: 'owner', scopes: ['*'], sessionId }, { ...approval, ...more }, true)
  expect([sees('asker'), sees('parent', { askedOf: ['session:parent'] })]).toEqual([true, true])
  expect([sees('other'), sees('other', { askedOf: ['account:owner'] })]).toEqual([false, false])
})
