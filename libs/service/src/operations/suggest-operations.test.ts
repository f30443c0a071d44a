import { CallError } from '@alkdev/operations'
import type { Bus } from '@alkdev/bus'
import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { nearNames, withSuggestions } from './suggest-operations.ts'

const names = ['fs.read', 'fs.write', 'github.issues_create', 'github.issues_list', 'orgs.create']

test.each([
  ['githb.issues_create', 'github.issues_create'],
  ['github.create_issue', 'github.issues_create'],
  ['GitHub.Issues_Create', 'github.issues_create'],
  ['issues_create', 'github.issues_create'],
  ['issueCreate', 'github.issues_create'],
  ['client.apis.fs.read', 'fs.read'],
  ['fs.raed', 'fs.read'],
  ['dev.desk.fs.raed', 'fs.read'],
])('the nearest name for %s is %s (F7)', (wanted, first) => {
  const known = [...names, 'dev.laptop.fs.write']
  expect(nearNames(wanted, known)[0]).toBe(first)
})

test('a name that is not similar to any other has no suggestions', () => {
  expect(nearNames('zebra.gallop', names)).toEqual([])
})

const caller = { id: 'a', scopes: [] } as unknown as Identity
const provider = { name: 'fs.read', status: 'active' }
const live = { operationId: 'dev.laptop.fs.read', providers: [provider] }
const directory = {
  get: () => ({ operationId: 'fs.read', providers: [{ ...provider, status: 'inactive' }] }),
  search: () => Promise.resolve([{ entry: live, score: 1 }]),
} as unknown as Bus['directory']

test('the error of an operation without a provider names the same operation where it has one (F10)', async () => {
  const error = new CallError('PROVIDER_UNAVAILABLE', 'No provider.', undefined, {
    retryAfterMs: 5,
  })
  expect(await withSuggestions({ directory }, caller, 'fs.read', error)).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    message: 'No provider. Try `dev.laptop.fs.read`.',
    details: { suggestions: ['dev.laptop.fs.read'] },
    retryAfterMs: 5,
  })
})

test('other errors are returned unchanged', async () => {
  const other = new CallError('OPERATION_NOT_FOUND', 'Inner.', { operationId: 'another' })
  for (const error of [other, new CallError('CONFLICT', 'x'), new Error('x')])
    expect(await withSuggestions({ directory }, caller, 'fs.read', error)).toBe(error)
})
