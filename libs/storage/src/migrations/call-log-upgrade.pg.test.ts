import { uuidv7 } from '@alkdev/std'
import { createTestDatabase } from '@alkdev/testing'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { getCall, getCallEdges, getCallTree } from '../call-log/read-calls.ts'
import { callIdAt } from '../call-log/test-record.ts'
import { openDatabase } from '../database/open-database.ts'
import { migrate } from './migrate.ts'
import { migrationsUntil } from './migrations-until.ts'

const LAST_BEFORE = '0008_spoke_responsiveness'

test('the calls and edges of a database of the level before are in the call log', async () => {
  await using database = await createTestDatabase({ empty: true })
  await using folder = await migrationsUntil(LAST_BEFORE)
  await migrate(database.url, { folder: folder.path })
  const [account, session, key, org, operation] = [1, 2, 3, 4, 5].map(() => uuidv7())
  const ids = {
    root: callIdAt(Date.now() - 3 * 86_400_000),
    child: uuidv7(),
    odd: 'no-uuid',
    leaf: uuidv7(),
  }
  const sql = postgres(database.url, { max: 1, onnotice() {} })
  await sql`insert into accounts (id, email) values (${account ?? ''}, 'old@example.com')`
  await sql`insert into operations (id, namespace, name, version, type, description, input_schema, output_schema, access_control)
    values (${operation ?? ''}, 'fs', 'read', '1.0.0', 'query', '', 'true', 'true', '{"requiredScopes":[]}')`
  const node = async (id: string, request: string, more: Record<string, unknown> = {}) => {
    const row = {
      id,
      request_id: request,
      operation_id: operation,
      operation_name: 'fs.read',
      identity: {
        id: account,
        scopes: ['*'],
        keyId: key,
        orgIds: [org],
        sessionId: session,
      },
      caller_account_id: account,
      actor: { kind: 'service', name: 'gateway', instanceId: 'i' },
      status: 'completed',
      attempts: 2,
      started_at: '2026-03-01T10:00:00.123Z',
      completed_at: '2026-03-01T10:00:01.123Z',
      route_ms: 0.251,
      input: { a: [1, '"x"'] },
      metadata: { idempotencyKey: 'once', receipt: 'honoured' },
      ...more,
    }
    await sql`insert into call_graph_nodes ${sql(row as never)}`
  }
  await node('n1', ids.root)
  await node('n2', ids.child, {
    parent_request_id: ids.root,
    total_ms: 7.5,
    code: 'GONE',
    status: 'failed',
    error: { code: 'GONE', message: 'gone' },
  })
  await node('n3', ids.odd, {
    operation_id: '__removed__',
    completed_at: null,
    metadata: {},
    instance_id: 'i-1',
  })
  // Its parent is known by the edge alone.
  await node('n4', ids.leaf)
  await sql`insert into call_graph_edges (id, source_id, target_id, edge_type) values
    ('e1', 'n1', 'n2', 'triggered'), ('e2', 'n2', 'n4', 'triggered'), ('e3', 'n1', 'n4', 'depends_on')`
  await sql.end()

  expect((await migrate(database.url)).applied[0]).toBe('0009_call_log')
  await using opened = await openDatabase(database.url)
  const { db } = opened
  expect(await getCall(db, ids.root)).toEqual({
    id: ids.root,
    parentId: null,
    operationId: operation,
    operationName: 'fs.read',
    accountId: account,
    keyId: key,
    orgId: org,
    sessionId: null,
    turnId: null,
    attemptOf: null,
    spokeId: null,
    instanceId: null,
    idempotencyKey: 'once',
    status: 'completed',
    code: null,
    attempts: 2,
    items: null,
    route: null,
    startedAt: new Date('2026-03-01T10:00:00.123Z'),
    endedAt: new Date('2026-03-01T10:00:01.123Z'),
    routeMs: 0.251,
    queueMs: null,
    executeMs: null,
    totalMs: 1000,
    input: { a: [1, '"x"'] },
    output: null,
    error: null,
    identity: { id: account, scopes: ['*'], keyId: key, orgIds: [org], sessionId: session },
    actor: { kind: 'service', name: 'gateway', instanceId: 'i' },
    metadata: { receipt: 'honoured' },
  })
  const tree = await getCallTree(db, ids.root)
  expect(tree?.calls.map(({ id, code }) => [id, code])).toEqual([
    [ids.child, 'GONE'],
    [ids.leaf, null],
  ])
  const edges = await getCallEdges(db, [ids.child, ids.leaf])
  expect(new Set(edges.map(({ sourceId, edgeType }) => `${sourceId} ${edgeType}`))).toEqual(
    new Set([`${ids.root} triggered`, `${ids.child} triggered`, `${ids.root} depends_on`]),
  )
  expect(edges).toHaveLength(3)
  const partitions = await opened.sql<{ name: string; count: number }[]>`
    select tableoid::regclass::text as name, count(*)::int from call_log group by 1`
  expect(partitions.map(({ count }) => count).toSorted((a, b) => a - b)).toEqual([1, 1, 2])
  const [odd] = await opened.sql`
    select operation_id, started_at = ended_at as instant, metadata, instance_id from call_log where attempts = 2 and metadata is null`
  expect(odd).toEqual({
    operation_id: '__removed__',
    instant: true,
    metadata: null,
    instance_id: null,
  })
  expect(await opened.sql`select to_regclass('call_graph_nodes') as gone`).toEqual([{ gone: null }])
})
