import { uuidv7 } from '@alkdev/std'

/**
 * Writes ended calls with one checkout's storage library, as many batches of 500 as the parent says, one after the other. Arguments: the folder of
 * the checkout, and the URL of a migrated PostgreSQL; without it one of its own. Says the process id of the PostgreSQL backend when it is ready; after each round the bytes and rows so far.
 */

interface Storage {
  migrate(url: string): Promise<unknown>
  openDatabase(url: string, options: object): Promise<Database>
  createAccount(db: object, input: object): Promise<{ readonly id: string }>
  insertCallRecords(db: object, records: readonly object[]): Promise<unknown>
}

interface Database {
  readonly db: object
  readonly sql: { unsafe(text: string): Promise<readonly Record<string, string>[]> }
}

const BATCH = 500
const OPERATIONS = [
  'fs.read',
  'dev.laptop.fs.read',
  'tasks.list',
  'dev.laptop.shell.run',
  'web.get',
]
const TABLES = ['call_graph_nodes', 'call_graph_edges', 'call_log', 'call_callers', 'call_links']

const [, , checkout = '', given] = process.argv
const storage = (await import(`${checkout}/libs/storage/src/index.ts`)) as Storage

async function ownPostgres(): Promise<string> {
  const file = `${checkout}/libs/cli/src/servers/postgres-server.ts`
  const servers = (await import(file)) as { startPostgres(): Promise<{ readonly url: string }> }
  const { url } = await servers.startPostgres()
  await storage.migrate(url)
  return url
}

const url = given ?? (await ownPostgres())
const { db, sql } = await storage.openDatabase(url, { max: 1 })
const callers = await Promise.all(
  [0, 1, 2, 3].map(async (n) => {
    const { id } = await storage.createAccount(db, { email: `recorded-${n}@example.com` })
    const scopes = ['fs:read', 'fs:write', 'calls:read', 'hub:read']
    return { id, keyId: uuidv7(), scopes, resources: { 'project:1': ['read'] } }
  }),
)
const actor = { kind: 'service', name: 'gateway', instanceId: uuidv7() }
const spokes = [uuidv7(), uuidv7(), uuidv7()]
const instanceId = uuidv7()
let parentCallId: string | undefined

/** A call as they come: four callers, five operations, three spokes, each fifth call below another, one in fifty fails. */
function record(n: number): object {
  const callId = uuidv7()
  const now = Date.now()
  const failed = n % 50 === 0
  const header = {
    callId,
    operationId: OPERATIONS[n % 5],
    principal: callers[n % 4],
    actor,
    input: {
      path: `src/file-${n}.ts`,
      limit: 100,
      offset: n,
      text: 'some "quoted" text of a file',
    },
    depth: 0,
    traceparent: `00-${callId.replaceAll('-', '')}-00f067aa0ba902b7-01`,
    ...(n % 5 === 0 && parentCallId !== undefined && { parentCallId }),
  }
  parentCallId = callId
  return {
    header,
    status: failed ? 'failed' : 'completed',
    ...(failed && { code: 'GONE', error: { code: 'GONE', message: 'The file is gone.' } }),
    output: { lines: [`line ${n} of the file`, 'another line of text', 'x'.repeat(60)], total: 3 },
    startedAtMs: now - 3,
    endedAtMs: now,
    attempts: 1,
    spokeId: spokes[n % 3],
    instanceId,
    route: 'least-loaded of 3',
    timing: { routeMs: 0.251, queueMs: 0.012, executeMs: 1.523, totalMs: 2.412 },
  }
}

async function size(): Promise<{ bytes: number; rows: number }> {
  const count = async (text: string): Promise<number> => {
    const rows = await sql.unsafe(text)
    return Number(Object.values(rows[0] ?? {})[0])
  }
  let bytes = 0
  let rows = 0
  for (const table of TABLES) {
    if ((await count(`select count(to_regclass('${table}'))`)) === 0) continue
    bytes += await count(
      `select pg_total_relation_size('${table}') + coalesce((select sum(pg_total_relation_size(relid)) from pg_partition_tree('${table}')), 0)`,
    )
    if (table === 'call_log' || table === 'call_graph_nodes')
      rows += await count(`select count(*) from ${table}`)
  }
  return { bytes, rows }
}

process.on('message', (batches: number) => {
  void (async () => {
    for (let batch = 0; batch < batches; batch++) {
      await storage.insertCallRecords(
        db,
        Array.from({ length: BATCH }, (_, n) => record(n)),
      )
    }
    process.send?.(await size())
  })()
})
const [backend] = await sql.unsafe('select pg_backend_pid() as pid')
process.send?.(backend?.['pid'])
