import { createTestDatabase } from '@alkdev/testing'
import type { TestDatabase } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, callTool } from '../http.ts'
import { startProcessHub } from '../process-hub.ts'
import type { LogLine, ProcessHub } from '../process-hub.ts'
import type { TestService } from '../test-stack.ts'

// D3: the cause of an UNKNOWN_ERROR is in the log of the process that made it, once, with the call; others log no stack of it.
const CAUSE = 'the cause of the failure'

let database: TestDatabase
let hub: ProcessHub

beforeAll(async () => {
  database = await createTestDatabase()
  hub = await startProcessHub({ postgresUrl: database.url })
  await hub.database.sql.unsafe(`
    create function fail() returns trigger language plpgsql as $$ begin raise exception '${CAUSE}'; end $$;
    create trigger fail before insert on projects for each row execute function fail();
    create trigger fail before insert on organizations for each row execute function fail();
    create trigger fail before insert on idempotency_keys for each row execute function fail();`)
}, 240_000)
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await database?.[Symbol.asyncDispose]()
})

/** The lines of a service that name a call; waits for the first. */
async function linesAbout(service: TestService, requestId: string): Promise<readonly LogLine[]> {
  const find = async () =>
    (await hub.services[service].lines()).filter((line) => line['requestId'] === requestId)
  await expect.poll(async () => (await find()).length, { timeout: 20_000 }).toBeGreaterThan(0)
  return find()
}

const withStack = (lines: readonly LogLine[]) => lines.filter((line) => line['err'] !== undefined)

/** Lines with the cause in the log of a service. */
async function causes(service: TestService): Promise<readonly LogLine[]> {
  return (await hub.services[service].lines()).filter((line) =>
    JSON.stringify(line).includes(CAUSE),
  )
}

test('what fails in the coordinator is logged there with its cause and call, and at the gateway without a stack', async () => {
  const failed = await call(hub, hub.admin, 'projects.create', { slug: 'one' })
  expect(failed).toMatchObject({ status: 500, body: { code: 'UNKNOWN_ERROR' } })
  expect(JSON.stringify(failed.body)).not.toContain(CAUSE)
  const { requestId } = failed.body
  const made = await linesAbout('coordinator', requestId)
  expect(made).toMatchObject([{ operation: 'projects.create', msg: expect.any(String) }])
  expect(JSON.stringify(withStack(made))).toContain(CAUSE)
  const passedOn = await linesAbout('gateway', requestId)
  expect(passedOn).toMatchObject([{ code: 'UNKNOWN_ERROR' }])
  expect(withStack(passedOn)).toEqual([])
})

test('called by MCP, it is logged by the coordinator, and not by the MCP service', async () => {
  const before = (await causes('coordinator')).length
  const failed = await callTool(hub, hub.admin, {
    operationId: 'projects.create',
    input: { slug: 'two' },
  })
  expect(failed).toMatchObject({ isError: true, data: { code: 'UNKNOWN_ERROR' } })
  await expect
    .poll(async () => (await causes('coordinator')).length, { timeout: 20_000 })
    .toBe(before + 1)
  expect(withStack(await hub.services.mcp.lines())).toEqual([])
})

test('what fails in the gateway itself is logged there once', async () => {
  const failed = await call(hub, hub.admin, 'orgs.create', { name: 'three' })
  expect(failed).toMatchObject({ status: 500, body: { code: 'UNKNOWN_ERROR' } })
  const lines = await linesAbout('gateway', failed.body.requestId)
  expect(JSON.stringify(withStack(lines))).toContain(CAUSE)
  expect(withStack(lines)).toMatchObject([{ operation: 'orgs.create' }])
})

test('what fails in the MCP service itself is logged there once, with operation and call', async () => {
  const failed = await callTool(hub, hub.admin, {
    operationId: 'projects.list',
    input: {},
    idempotencyKey: 'four',
  })
  expect(failed).toMatchObject({ isError: true, data: { code: 'UNKNOWN_ERROR' } })
  await expect.poll(async () => (await causes('mcp')).length, { timeout: 20_000 }).toBe(1)
  expect(await causes('mcp')).toMatchObject([
    { operation: 'projects.list', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  ])
})
