import { must } from '@alkdev/std'
import { makeCallPartitions } from '@alkdev/storage'
import { startTortureStack } from '@alkdev/test/torture'
import type { TortureStack } from '@alkdev/test/torture'
import { httpCaller } from './http-caller.ts'
import { percentile } from './measure.ts'
import type { Row } from './row.ts'

const ROWS = 1_000_000
/** The rows are spread over this many days. */
const DAYS = 10
/** Rows of one statement, so that a slow machine ends it within the time of a statement. */
const SLICE = 50_000
/** Requests with each filter that are not measured: the process compiles, and PostgreSQL plans. */
const WARM_UP = 30
const ASKED = 60

/** `calls.list` through a gateway, over a million rows of ten days. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 0, spokes: 0, drainBudgetMs: 1000 })
  const filters = await fill(stack)
  await makeCallPartitions(stack.database.db)
  // The partition from which the rows were moved holds their traces otherwise, and each list reads them.
  await stack.database.sql`vacuum (analyze) call_log`
  await stack.add('coordinator')
  const rows: Row[] = []
  for (const { name, input, most } of filters) rows.push(await measured(stack, name, input, most))
  return rows
}

interface Filter {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  /** Milliseconds. */
  readonly most?: number
}

async function measured(
  { gateway, key }: TortureStack,
  name: string,
  input: Filter['input'],
  most: number | undefined,
): Promise<Row> {
  const headers = { authorization: `Bearer ${key}` }
  const caller = httpCaller(`${gateway.url}/api/operations/calls.list`, input, headers)
  const ask = async (): Promise<number> => {
    const from = performance.now()
    const answer = (await caller.call()) as { data: { items: readonly unknown[] } }
    if (answer.data.items.length === 0) throw new Error(`${name}: nothing was found`)
    return performance.now() - from
  }
  for (let at = 0; at < WARM_UP; at += 1) await ask()
  const times: number[] = []
  for (let at = 0; at < ASKED; at += 1) times.push(await ask())
  caller.close()
  const value = percentile(times, 0.5)
  return {
    name: `calls.list over ${ROWS.toLocaleString('en')} rows, ${name}, p50`,
    value,
    reference: percentile(times, 0.95),
    unit: 'ms',
    ...(most !== undefined && { target: `<= ${most} ms`, ok: value <= most }),
  }
}

/** Writes the rows, most of them of other accounts, and says what is asked for. */
async function fill({ database }: TortureStack): Promise<readonly Filter[]> {
  const { sql } = database
  const [account] = await sql<{ id: string }[]>`select owner_id as id from api_keys limit 1`
  const accountId = must(account).id
  const uuid = (letter: string): string => `00000000-0000-7000-8000-${letter.repeat(12)}`
  for (let from = 1; from <= ROWS; from += SLICE)
    await sql`
    insert into call_log (id, started_at, ended_at, status, attempts, total_ms, parent_id, caller_id, account_id, session_id, spoke_id,
      operation_id, operation_name, code, idempotency_key, input, output)
    select
      (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid,
      at, at + interval '5 milliseconds', (case when n % 50 = 0 then 'failed' else 'completed' end)::call_status, 1, (n % 1000)::real,
      case when n % 1000 = 0 then ${uuid('a')}::uuid end, ${uuid('c')}::uuid,
      case when n % 20 = 0 then ${accountId}::uuid else ('00000000-0000-7000-8000-' || lpad(to_hex(n % 200), 12, '0'))::uuid end,
      case when n % 500 = 0 then ${uuid('b')}::uuid end, case when n % 100 = 0 then ${uuid('d')}::uuid end,
      'bench.op' || n % 300, 'bench.op' || n % 300, case when n % 50 = 0 then 'TIMEOUT' end,
      case when n % 10000 = 0 then 'order-' || n % 20000 end, '{"text":"a text of some length"}', '{"text":"a text of some length"}'
    from (select n, now() - (${ROWS} - n) * (interval '1 day' * ${DAYS}::int / ${ROWS}::int) as at from generate_series(${from}::int, ${from + SLICE - 1}::int) n) rows`
  await sql`update accounts set access_level = 'admin' where id = ${accountId}`
  const [oldest] = await sql<
    { id: string }[]
  >`select id from call_log order by id offset 5000 limit 1`
  const all = { all: true }
  return [
    { name: 'own calls', input: {}, most: 20 },
    { name: 'all calls', input: all, most: 20 },
    { name: 'by account', input: { accountId }, most: 20 },
    { name: 'by operation', input: { ...all, operationId: 'bench.op7' }, most: 20 },
    { name: 'by code', input: { ...all, code: 'TIMEOUT' }, most: 20 },
    { name: 'by session', input: { ...all, sessionId: uuid('b') }, most: 20 },
    { name: 'by spoke', input: { ...all, spokeId: uuid('d') }, most: 20 },
    { name: 'by parent', input: { ...all, parentCallId: uuid('a') }, most: 20 },
    {
      name: 'by the start of an id',
      input: { ...all, idPrefix: must(oldest).id.slice(0, 10) },
      most: 20,
    },
    { name: 'by duration, of 24 hours', input: { ...all, minDurationMs: 999 }, most: 200 },
    { name: 'by status, of 24 hours', input: { ...all, status: 'completed' }, most: 200 },
    {
      name: 'by idempotency key, of 24 hours',
      input: { ...all, idempotencyKey: 'order-0' },
      most: 200,
    },
    {
      name: 'by idempotency key, of 10 days',
      input: {
        ...all,
        idempotencyKey: 'order-0',
        from: new Date(Date.now() - DAYS * 86_400_000).toISOString(),
      },
    },
  ]
}
