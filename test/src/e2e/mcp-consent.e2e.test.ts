import { attachSpoke, mutation } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { uuidv7 } from '@alkdev/std'
import { askApproval } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { askMcp } from '../mcp-request.ts'
import type { McpMessage } from '../mcp-request.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

const PATIENCE = { timeout: 30_000 }
const CAN_ASK = { elicitation: { form: {} } }
const step = (name: string, input: object = {}) => ({ type: 'operation', props: { name, input } })

let hub: TestStack
let spoke: Spoke
/** Inputs of `disk.wipe`. */
const wiped: unknown[] = []

beforeAll(async () => {
  hub = await startTestStack()
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const consenting = { input: { type: 'object' }, output: {}, hints: { consent: true } } as const
  spoke = attachSpoke({
    hub: hub.broker,
    key,
    name: 'disk',
    operations: [
      mutation({ id: 'disk.wipe', description: 'Wipes.', ...consenting }, (input) => {
        wiped.push(input)
        return 'wiped'
      }),
      mutation({ id: 'disk.fail', description: 'Fails.', ...consenting }, () => {
        throw new Error('broken')
      }),
      mutation(
        { id: 'disk.note', description: 'Notes.', input: { type: 'object' }, output: {} },
        () => 'noted',
      ),
    ],
  })
  await spoke.attached()
  await vi.waitUntil(
    async () => (await call(hub, hub.admin, 'disk.note', {})).status === 200,
    PATIENCE,
  )
})
afterAll(async () => {
  await spoke?.stop({ timeoutMs: 0 })
  await hub?.[Symbol.asyncDispose]()
})

/** What a client without MCP does. */
async function stored(operationId: string, input: object): Promise<Record<string, string>> {
  const { status, body } = await call(hub, hub.admin, operationId, input)
  if (status !== 200) throw new Error(JSON.stringify(body))
  return body.data as Record<string, string>
}

function overMcp(
  operationId: string,
  input: object,
  capabilities: object = {},
  more: object = {},
): Promise<McpMessage> {
  const { key } = hub.admin
  const params = { name: 'call', arguments: { operationId, input }, ...more }
  return askMcp(hub.mcp, 'tools/call', params, { key, capabilities })
}

/** A client that cannot ask a person is refused; one that can is asked about what is called. The question. */
async function needsConsent(
  operationId: string,
  input: object,
  called = 'disk.wipe',
): Promise<McpMessage> {
  expect((await overMcp(operationId, input)).error?.code).toBe(-32_021)
  const question = await overMcp(operationId, input, CAN_ASK)
  const text = JSON.stringify(question.result)
  expect(text).toContain(`Allow ${operationId} (`)
  expect(text).toContain(`), which calls ${called}?`)
  return question
}

function answered(
  { result }: McpMessage,
  operationId: string,
  input: object,
  action = 'accept',
): Promise<McpMessage> {
  return overMcp(operationId, input, CAN_ASK, {
    inputResponses: { alkhub_consent: { action, content: {} } },
    requestState: result.requestState,
  })
}

test('a schedule that another client stored starts its call only when a person agrees', async () => {
  const { scheduleId = '' } = await stored('schedules.create', {
    name: 'nightly',
    operationId: 'disk.wipe',
    input: { at: 'night' },
    cron: '0 0 1 1 *',
  })
  await needsConsent('schedules.resume', { schedule: scheduleId })
  await needsConsent('schedules.update', { schedule: 'nightly', input: { at: 'day' } })
  const question = await needsConsent('schedules.runNow', { schedule: 'nightly' })
  const refused = await answered(question, 'schedules.runNow', { schedule: 'nightly' }, 'decline')
  expect(refused.result).toMatchObject({ isError: true, structuredContent: { code: 'ABORTED' } })
  expect(wiped).toEqual([])
  const again = await overMcp('schedules.runNow', { schedule: 'nightly' }, CAN_ASK)
  await answered(again, 'schedules.runNow', { schedule: 'nightly' })
  await expect.poll(() => wiped, PATIENCE).toEqual([{ at: 'night' }])
  // What calls nothing needs none.
  expect((await overMcp('schedules.pause', { schedule: 'nightly' })).result.isError).toBe(undefined)
})

test('an agreement to a schedule does not count for the operation that it calls by then', async () => {
  const create = { name: 'changing', operationId: 'disk.wipe', cron: '0 0 1 1 *' }
  await stored('schedules.create', create)
  const input = { schedule: 'changing' }
  const question = await needsConsent('schedules.runNow', input)
  await stored('schedules.update', { ...input, operationId: 'disk.fail' })
  const again = await answered(question, 'schedules.runNow', input)
  expect(JSON.stringify(again.result)).toContain('which calls disk.fail?')
})

test('a workflow, and what goes on with a run, needs the consent of its steps', async () => {
  const template = {
    type: 'sequential',
    children: [
      { ...step('workflows.event', { event: 'go' }), key: 'wait' },
      { ...step('disk.wipe', { by: { $result: 'wait' } }), key: 'wipe' },
    ],
  }
  const { workflowId = '' } = await stored('workflows.create', { name: 'wiper', template })
  await needsConsent('workflows.run', { workflowId })
  await needsConsent('workflows.run', { name: 'wiper' })
  await needsConsent('workflows.run', { name: 'wiper', project: 'default', version: 1 })
  await needsConsent('calls.enqueue', { operationId: 'workflows.run', input: { name: 'wiper' } })
  await needsConsent('workflows.create', {
    name: 'outer',
    template: step('workflows.run', { workflowId }),
  })
  const { runId = '' } = await stored('workflows.run', { workflowId })
  await needsConsent('workflows.signal', { runId, event: 'go' })
  await needsConsent('workflows.retry', { runId })
  await needsConsent('workflows.branch', { runId, step: 'wipe' })
  // Another account learns nothing of a workflow, a run or a schedule that it may not see.
  const other = await hub.createKey(['*'])
  const asked = async (operationId: string, input: object): Promise<unknown> => {
    const params = { name: 'call', arguments: { operationId, input } }
    const { result } = await askMcp(hub.mcp, 'tools/call', params, { key: other.key })
    return result?.structuredContent?.code
  }
  expect(await asked('workflows.run', { workflowId })).toBe('WORKFLOW_NOT_FOUND')
  expect(await asked('workflows.signal', { runId, event: 'go' })).toBe('RUN_NOT_FOUND')
  expect(await asked('schedules.runNow', { schedule: 'nightly' })).toBe('SCHEDULE_NOT_FOUND')
})

test('dead letters that filters find, and recorded calls, need consent to be made again', async () => {
  const failing = { operationId: 'disk.fail', maxAttempts: 1 }
  const { callId = '' } = await stored('calls.enqueue', failing)
  const state = async (): Promise<unknown> => (await stored('calls.get', { callId }))['status']
  await expect.poll(state, PATIENCE).toBe('failed')
  await needsConsent('calls.repeatDead', {}, 'disk.fail')
  await needsConsent('calls.repeatDead', { code: 'EXECUTION_ERROR' }, 'disk.fail')
  await needsConsent('calls.repeatDead', { callId }, 'disk.fail')
  await needsConsent('calls.repeat', { callId }, 'disk.fail')
  const counted = await overMcp('calls.repeatDead', { dryRun: true })
  expect(counted.result.structuredContent).toMatchObject({ left: 1 })
  const none = await overMcp('calls.repeatDead', { code: 'TIMEOUT' })
  expect(none.result.structuredContent).toMatchObject({ repeated: [] })
})

test('an answer that lets a call run needs the consent of that call', async () => {
  const { approval } = await askApproval(hub.database.db, {
    kind: 'tool',
    subject: { type: 'test', id: uuidv7() },
    question: 'May I wipe?',
    accountId: hub.admin.accountId,
    operation: { name: 'disk.wipe', schemaHash: 'a', inputHash: 'b' },
  })
  const input = { approvalId: approval.id, decision: 'allow' }
  const question = await needsConsent('approvals.answer', input)
  const { result } = await answered(question, 'approvals.answer', input)
  expect(result.structuredContent).toMatchObject({ status: 'answered', decision: 'allow' })
})

test('an operation that needs no consent is called by all of them without a question', async () => {
  await stored('schedules.create', { name: 'notes', operationId: 'disk.note', cron: '0 0 1 1 *' })
  await stored('workflows.create', { name: 'noter', template: step('disk.note') })
  for (const [operationId, input] of [
    ['schedules.runNow', { schedule: 'notes' }],
    ['workflows.run', { name: 'noter' }],
    ['calls.enqueue', { operationId: 'workflows.run', input: { name: 'noter' } }],
  ] as const) {
    const { result } = await overMcp(operationId, input)
    expect([operationId, result?.isError]).toEqual([operationId, undefined])
  }
})
