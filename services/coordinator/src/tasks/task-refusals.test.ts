import type { TaskClaimRow } from '@alkdev/storage/tasks'
import { expect, test } from 'vitest'
import { taskRefusal } from './task-refusals.ts'

const at = new Date('2026-02-03T04:05:06.000Z')
const claim: TaskClaimRow = {
  taskId: '018f4a1e-0000-7000-8000-000000000001',
  sessionId: null,
  accountId: '018f4a1e-0000-7000-8000-000000000002',
  token: 3,
  since: at,
  expiresAt: at,
  releasedAt: null,
  releaseReason: null,
  taskHash: null,
  checks: [],
  evidence: null,
  createdAt: at,
  updatedAt: at,
}

test('a change without the token of the claim is refused with the holder, also when the caller named no token', () => {
  const error = taskRefusal('first', { reason: 'claim-lost', claim }, 'Ada')
  expect(error.message).toBe(
    'Task first is claimed by Ada, and the call does not have the token of that claim.',
  )
  expect(error.details).toMatchObject({ reason: 'claim-lost', accountId: claim.accountId })
})

test('a refusal has the id of a holder whose name is not known, and says of a session that it is one', () => {
  const refusal = (more: Partial<TaskClaimRow>, name?: string) =>
    taskRefusal('first', { reason: 'claimed', claim: { ...claim, ...more } }, name).message
  expect(refusal({})).toBe(`Task first is claimed by account ${claim.accountId}.`)
  const sessionId = '018f4a1e-0000-7000-8000-000000000003'
  expect(refusal({ sessionId }, 'Write it')).toBe(
    'Task first is claimed by the session "Write it".',
  )
  expect(refusal({ sessionId })).toBe(`Task first is claimed by session ${sessionId}.`)
})

test('a claim whose globs took too long to compare is refused with the other task and no path', () => {
  const error = taskRefusal('first', { reason: 'overlap', with: 'second' })
  expect(error.message).toBe(
    'Task first may change the files of task second, which is in progress: their globs take too long to compare.',
  )
  expect(error.details).toEqual({ task: 'first', reason: 'overlap', with: 'second' })
})
