import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AnsweringListener } from '../testing/answering-listener.ts'
import { run } from '../testing/memory-io.ts'

// A listener instead of a hub: the tests check what is sent.

const A = '018f4a1e-0000-7000-8000-aaaaaaaa1111'
const B = '018f4a1e-0000-7000-8000-bbbbbbbb2222'
const C = '018f5555-0000-7000-8000-cccccccc3333'
const listed = (member: string) => ({ items: [A, B, C].map((id) => ({ [member]: id })) })

const lists: Record<string, string> = {
  'approvals.list': 'approvalId',
  'budgets.list': 'budgetId',
  'sessions.messages': 'messageId',
  'webhooks.deliveries': 'deliveryId',
  'workflows.runs': 'runId',
}
const sessions = [A, B, C].map((sessionId, at) => ({ sessionId, slug: `slug-${at}` }))
const projects = [A, B, C].map((projectId, at) => ({ projectId, slug: at === 2 ? 'one' : 'two' }))
const orgs = [A, B, C].map((orgId, at) => ({ orgId, name: `org-${at}` }))
const accounts = [A, B, C].map((accountId, at) => ({ accountId, email: `${at}@example.com` }))

/** How the keys are listed, else all on one page: the last one on the second page, or page after page without an end. */
let keyPages: 'two' | 'endless' | undefined

const hub = new AnsweringListener(({ operation, input }, response) => {
  const { projectId, orgId, name, cursor } = input as Readonly<Record<string, unknown>>
  if (operation === 'keys.list' && keyPages !== undefined) {
    const isFirst = cursor === undefined
    const items = [A, B, C]
      .filter((id) => keyPages === 'endless' || (id === C) !== isFirst)
      .map((keyId) => ({ keyId }))
    return keyPages === 'endless' || isFirst ? { items, nextCursor: 'more' } : { items }
  }
  if (operation === 'workflows.get' && name !== undefined) {
    response.statusCode = 404
    response.end(JSON.stringify({ code: 'WORKFLOW_NOT_FOUND', detail: 'There is none.' }))
  }
  if (operation === 'sessions.list') return { items: sessions }
  if (operation === 'orgs.list') return { items: orgs }
  if (operation === 'accounts.list') return { items: accounts }
  if (operation === 'projects.list') return { items: projects }
  // Of one project, and of one organization, only.
  if (operation === 'workspaces.list')
    return projectId === B ? listed('workspaceId') : { items: [] }
  if (operation === 'orgs.listInvitations')
    return orgId === B ? listed('invitationId') : { items: [] }
  if (operation === 'workflows.list' || operation === 'clients.list') return { items: [] }
  if (operation === 'hub.watch') {
    const detail = 'It is a subscription.'
    const refused = { code: 'VALIDATION_ERROR', detail, details: { type: 'subscription' } }
    response.writeHead(400).end(JSON.stringify(refused))
  }
  if (operation === 'keys.list') return { items: [A, B, C].map((keyId) => ({ keyId, name: 'ci' })) }
  const member = lists[operation]
  return member === undefined ? {} : listed(member)
})
beforeAll(() => hub.start())
beforeEach(() => {
  hub.calls.splice(0)
  keyPages = undefined
})
afterAll(() => hub.stop())

const alkhub = (...argv: string[]) => run([...argv, ...hub.args, '--json'])

const ARGUMENTS: readonly (readonly [line: string, operation: string, member: string])[] = [
  ['approvals get ID', 'approvals.get', 'approvalId'],
  ['approvals answer ID allow', 'approvals.answer', 'approvalId'],
  ['workspaces archive ID', 'workspaces.update', 'workspaceId'],
  ['workspaces delete ID', 'workspaces.delete', 'workspaceId'],
  ['sessions get ID', 'sessions.get', 'sessionId'],
  ['sessions revert slug-0 ID', 'sessions.revert', 'messageId'],
  ['sessions fork slug-0 --message ID', 'sessions.fork', 'messageId'],
  ['sessions fork slug-0 --workspace ID', 'sessions.fork', 'workspaceId'],
  ['sessions create --workspace ID', 'sessions.create', 'workspaceId'],
  ['sessions list --parent ID', 'sessions.list', 'parentId'],
  ['coord spawn text --workspace ID', 'coord.spawn', 'workspaceId'],
  ['coord abort ID', 'coord.abort', 'sessionId'],
  ['budgets get ID', 'budgets.get', 'budgetId'],
  ['budgets set --session ID --tokens 5', 'budgets.set', 'subjectId'],
  ['workflows abort ID', 'workflows.abort', 'runId'],
  ['workflows get ID', 'workflows.get', 'runId'],
  ['orgs withdraw ID', 'orgs.withdraw', 'invitationId'],
  ['orgs get ID', 'orgs.get', 'orgId'],
  ['webhooks repeat hook --delivery ID', 'webhooks.repeat', 'deliveryId'],
  ['projects get ID', 'projects.get', 'projectId'],
  ['accounts get ID', 'accounts.get', 'accountId'],
  ['keys revoke ID', 'keys.revoke', 'keyId'],
  ['usage --session ID', 'inference.usage', 'sessionId'],
  ['calls list --session ID', 'calls.list', 'sessionId'],
]

test.each(ARGUMENTS)(
  '`%s` takes the whole id, its beginning and its end',
  async (line, operation, member) => {
    const words = line.split(' ')
    for (const text of [C, C.toUpperCase(), '018f5', 'CC3333']) {
      hub.calls.splice(0)
      const { err } = await alkhub(...words.map((word) => (word === 'ID' ? text : word)))
      const sent = hub.calls.findLast((call) => call.operation === operation)?.input
      expect([text, err, sent]).toMatchObject([text, '', { [member]: expect.any(String) }])
      expect((sent as Record<string, string>)[member]?.toLowerCase()).toBe(C)
    }
  },
)

test.each([
  ['approvals', 'approvals.get'],
  ['sessions', 'sessions.get'],
  ['accounts', 'accounts.get'],
  ['orgs', 'orgs.get'],
  ['projects', 'projects.get'],
])(
  '%s get: of several ids that fit none is chosen, and they are shown',
  async (group, operation) => {
    const { code, err } = await run([group, 'get', '018f4', ...hub.args])
    expect(code).toBe(2)
    expect(err).toContain('Several ids begin or end with 018f4.')
    expect(err).toContain(`Give more of the id: ${A}, ${B}.`)
    expect(hub.calls.map((call) => call.operation)).not.toContain(operation)
    const { out } = await alkhub(group, 'get', '018f4')
    expect(JSON.parse(out)).toMatchObject({
      error: { code: 'USAGE', fix: `Give more of the id: ${A}, ${B}.` },
    })
  },
)

test('a name that several things have is answered with their ids', async () => {
  const key = await run(['keys', 'revoke', 'ci', ...hub.args])
  expect([key.code, key.err]).toEqual([2, expect.stringContaining(`one: ${A}, ${B}, ${C}.`)])
  const project = await run(['projects', 'get', 'two', ...hub.args])
  expect([project.code, project.err]).toEqual([2, expect.stringContaining(`one: ${A}, ${B}.`)])
  await alkhub('projects', 'get', 'one')
  expect(hub.calls.at(-1)).toEqual({ operation: 'projects.get', input: { projectId: C } })
})

test.each([
  ['sessions get 9999', 'SESSION_NOT_FOUND'],
  ['sessions get nowhere', 'SESSION_NOT_FOUND'],
  ['accounts get 9999', 'ACCOUNT_NOT_FOUND'],
  ['orgs get 9999', 'ORG_NOT_FOUND'],
  ['projects get 9999', 'PROJECT_NOT_FOUND'],
  ['keys revoke 9999', 'KEY_NOT_FOUND'],
  ['approvals get 9999', 'APPROVAL_NOT_FOUND'],
  ['sessions revert slug-0 9999', 'MESSAGE_NOT_FOUND'],
  ['workspaces delete 9999', 'WORKSPACE_NOT_FOUND'],
  ['workflows abort 9999', 'RUN_NOT_FOUND'],
  ['budgets get 9999', 'BUDGET_NOT_FOUND'],
  ['orgs withdraw 9999', 'INVITATION_NOT_FOUND'],
  ['webhooks repeat hook --delivery 9999', 'DELIVERY_NOT_FOUND'],
  ['providers remove nowhere', 'CLIENT_NOT_FOUND'],
])('`%s --json` has the code %s', async (line, missing) => {
  const { code, out, err } = await alkhub(...line.split(' '))
  expect([code, err]).toEqual([1, ''])
  expect(JSON.parse(out)).toMatchObject({ error: { code: missing } })
})

test('a refusal of the hub keeps its code when a command gives it another fix', async () => {
  const { code, out } = await alkhub('call', 'hub.watch', '--idempotency-key', 'k')
  expect([code, JSON.parse(out)]).toMatchObject([1, { error: { code: 'VALIDATION_ERROR' } }])
})

test('an id that no thing has, and a text that no id holds, get different errors', async () => {
  const none = await run(['approvals', 'get', '9999', ...hub.args])
  expect(none.code).toBe(1)
  expect(none.err).toContain(
    'No approval that you may see has an id that begins or ends with 9999.',
  )
  expect(none.err).toContain('alkhub approvals list')
  const wrong = await run(['approvals', 'get', 'first', ...hub.args])
  expect(wrong.code).toBe(2)
  expect(wrong.err).toContain('`first` is not an id, nor the beginning or the end of one.')
})

const keyCalls = () => hub.calls.filter(({ operation }) => operation.startsWith('keys.'))

test('ids on all pages count: one behind the first page is found, and makes a part ambiguous', async () => {
  keyPages = 'two'
  await alkhub('keys', 'revoke', 'CC3333')
  expect(keyCalls().at(-1)).toMatchObject({ operation: 'keys.revoke', input: { keyId: C } })
  hub.calls.splice(0)
  const { code, err } = await run(['keys', 'revoke', '018f', ...hub.args])
  expect([code, err]).toEqual([2, expect.stringContaining(C)])
  expect(keyCalls().map(({ operation }) => operation)).not.toContain('keys.revoke')
})

test('a part of an id stands for none when there are too many ids to look at', async () => {
  keyPages = 'endless'
  const { code, err } = await run(['keys', 'revoke', 'CC3333', ...hub.args])
  expect(code).toBe(2)
  expect(err).toContain('Give the whole id')
  expect(keyCalls().map(({ operation }) => operation)).not.toContain('keys.revoke')
  await alkhub('keys', 'revoke', C)
  expect(keyCalls().at(-1)).toMatchObject({ operation: 'keys.revoke', input: { keyId: C } })
})
