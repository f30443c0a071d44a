import { sleep } from '@alkdev/std'
import type { Database } from '@alkdev/storage'
import { compareAttempts, costOf } from './compare-attempts.ts'
import type { AttemptRow } from './compare-attempts.ts'
import type { JournalEntry } from './journal-upstream.ts'
import type { Kill, Outage } from './ledger-chaos.ts'
import type { ClientCall } from './make-call.ts'

/** Each count must be zero. */
export interface LedgerFaults {
  /** Calls that the provider or the client of an answer knows, without a row. */
  missing: number
  /** Calls with more than one row. */
  doubled: number
  /** Rows that were never settled. */
  open: number
  /** Rows that the sweep settled although their proxy was not killed during the call or before its lease was over. */
  unexplained: number
  /** Rows whose attempts are not the requests of the journal, one by one. */
  attempts: number
  /** Attempts with other tokens than the provider reported, or than the text gives that was delivered. */
  tokens: number
  /** Attempts and rows whose cost is not that of their tokens, to the micro. */
  costs: number
  /** Attempts that name a wrong source of their counts. */
  sources: number
  /** Rows that are not the sum of their attempts. */
  sums: number
  /** Rows with another status or end than the client saw. */
  ends: number
  /** Calls whose client got another cost than the row has. */
  notices: number
  /** Micros, tokens and requests by which budgets differ from the sums of the rows. */
  budgets: number
  /** What is still reserved in budgets or in slices of them, and entries that are not settled. */
  reserved: number
}

export interface LedgerComparison {
  readonly faults: LedgerFaults
  /** Rows by who settled them and where their counts come from. */
  readonly ends: Readonly<Record<string, number>>
  /** What was wrong, for the reader of a failed run; at most 20. */
  readonly examples: readonly unknown[]
}

interface Row extends Record<string, unknown> {
  readonly id: string
  readonly requested_model: string
  readonly input: number
  readonly cache_read: number
  readonly cache_write: number
  readonly output: number
  readonly cost: number | null
  readonly attempts: number
  readonly usage_source: string | null
  readonly settled_by: string | null
  readonly ended_by: string | null
  readonly status: number | null
  readonly code: string | null
  readonly truncated: boolean
  readonly is_open: boolean
}

const MAX_EXAMPLES = 20
/** Milliseconds that slices have to come back. */
const SLICES_MS = 30_000

export interface LedgerEvidence {
  readonly journal: ReadonlyMap<number, readonly JournalEntry[]>
  readonly calls: readonly ClientCall[]
  readonly kills: readonly Kill[]
  readonly outages: readonly Outage[]
  readonly leaseMs: number
}

/** Compares the ledger with the journal of the provider and with what the clients saw: row for row, attempt for attempt, micro for micro. */
export async function compareLedger(
  { sql }: Database,
  { journal, calls, kills, outages, leaseMs }: LedgerEvidence,
): Promise<LedgerComparison> {
  const rows = await sql<Row[]>`
    select id, requested_model, input_tokens::int as input, cache_read_tokens::int as cache_read,
      (cache_write_5m_tokens + cache_write_1h_tokens)::int as cache_write,
      (output_tokens + reasoning_tokens + audio_output_tokens)::int as output, cost_micros::int as cost, attempts, usage_source,
      settled_by, ended_by, status, code, truncated, ended_at is null as is_open from inference_usage`
  const attempts = await sql<(AttemptRow & { call_id: string })[]>`
    select call_id, status, code, usage_source, price_version, input_tokens::int as input, cache_read_tokens::int as cache_read,
      (cache_write_5m_tokens + cache_write_1h_tokens)::int as cache_write,
      (output_tokens + reasoning_tokens + audio_output_tokens)::int as output, cost_micros::int as cost
    from inference_attempts order by call_id, attempt`
  const rowsByModel = Map.groupBy(rows, (row) => row.requested_model)
  const attemptsByCall = Map.groupBy(attempts, (attempt) => attempt.call_id)
  const faults: LedgerFaults = {
    missing: 0,
    doubled: [...rowsByModel.values()].filter((found) => found.length > 1).length,
    open: rows.filter((row) => row.is_open).length,
    unexplained: 0,
    attempts: 0,
    tokens: 0,
    costs: 0,
    sources: 0,
    sums: 0,
    ends: 0,
    notices: 0,
    budgets: 0,
    reserved: 0,
  }
  const ends: Record<string, number> = {}
  const examples: unknown[] = []
  for (const call of calls) {
    const entries = journal.get(call.number) ?? []
    const row = rowsByModel.get(call.model)?.[0]
    const before = { ...faults }
    if (row === undefined) {
      // A call that was refused before it was opened has no row, and nothing was sent.
      if (entries.length > 0 || call.status === 200) faults.missing += 1
    } else {
      const end = `${row.settled_by}, ${row.usage_source}`
      ends[end] = (ends[end] ?? 0) + 1
      const own = attemptsByCall.get(row.id) ?? []
      compareSums(row, own, faults)
      if (row.settled_by === 'proxy') {
        const wasFrozen = outages.some(
          ({ proxy, from, to }) =>
            proxy === call.proxy && from <= call.endedAt && to >= call.startedAt,
        )
        // A request whose row could not be written is cancelled, as when its client leaves.
        const hasLeft = call.hasLeft || row.code === 'UNAVAILABLE'
        compareAttempts({ ...call, hasLeft, wasFrozen }, own, entries, faults)
        compareEnd(call, row, entries, faults)
      } else if (!wasKilled(call, kills, outages, leaseMs)) faults.unexplained += 1
    }
    const isWrong = Object.entries(before).some(([name, n]) => faults[name as 'open'] !== n)
    if (isWrong && examples.length < MAX_EXAMPLES)
      examples.push({ call, row, attempts: attemptsByCall.get(row?.id ?? ''), entries })
  }
  await compareBudgets(sql, faults)
  return { faults, ends, examples }
}

/** The proxy was killed before the lease was over. A lease does not count while its proxy is frozen, or PostgreSQL is unreachable. */
function wasKilled(
  { proxy, startedAt, endedAt }: ClientCall,
  kills: readonly Kill[],
  outages: readonly Outage[],
  leaseMs: number,
): boolean {
  return kills.some((kill) => {
    if (kill.proxy !== proxy || kill.at < startedAt) return false
    const lost = outages
      .filter((outage) => outage.proxy === undefined || outage.proxy === proxy)
      .map(({ from, to }) => Math.max(0, Math.min(to, kill.at) - Math.max(from, startedAt)))
    return kill.at <= endedAt + leaseMs + lost.reduce((sum, ms) => sum + ms, 0)
  })
}

function compareSums(row: Row, own: readonly AttemptRow[], faults: LedgerFaults): void {
  const sum = (of: 'input' | 'cache_read' | 'cache_write' | 'output' | 'cost'): number =>
    own.reduce((total, attempt) => total + (attempt[of] ?? 0), 0)
  const isSum =
    row.attempts === own.length &&
    row.input === sum('input') &&
    row.cache_read === sum('cache_read') &&
    row.cache_write === sum('cache_write') &&
    row.output === sum('output') &&
    row.cost === sum('cost')
  if (!isSum) faults.sums += 1
  for (const attempt of own) if (attempt.cost !== costOf(attempt)) faults.costs += 1
}

/** What the client saw of a call whose proxy was not killed. */
function compareEnd(
  call: ClientCall,
  row: Row,
  entries: readonly JournalEntry[],
  faults: LedgerFaults,
): void {
  if (call.costMicros !== undefined && call.costMicros !== row.cost) faults.notices += 1
  if (call.hasLeft) {
    // The call may have ended otherwise at the moment at which the client left.
    const last = entries.at(-1)
    const other =
      last === undefined ? 'hub' : last.act === 'cut' || last.status === 503 ? 'upstream' : 'done'
    if (row.ended_by !== 'client' && row.ended_by !== other) faults.ends += 1
    return
  }
  if (call.status === undefined) return
  if (row.id !== call.id || row.status !== call.status) faults.ends += 1
  else if (call.status !== 200) {
    // Without an attempt the hub itself has refused the call, and also when its row could not be written while the provider answered.
    const isOwn = row.attempts === 0 || row.code === 'UNAVAILABLE'
    if (row.ended_by !== (isOwn ? 'hub' : 'upstream')) faults.ends += 1
  } else if (call.isWhole) {
    const isWhole = row.ended_by === 'done' && !row.truncated && !call.isCut
    if (!isWhole) faults.ends += 1
  } else if (row.ended_by !== 'upstream' || !row.truncated) faults.ends += 1
}

/** Waits until the slices have come back: those of processes that serve no more calls, and of those that were killed. */
async function slicesLeft(sql: Database['sql']): Promise<number> {
  const deadline = performance.now() + SLICES_MS
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const [row] = await sql<{ n: number }[]>`select coalesce(sum(sliced), 0)::int as n from budgets`
    const left = row?.n ?? 0
    if (left === 0 || performance.now() > deadline) return left
    // oxlint-disable-next-line no-await-in-loop
    await sleep(200)
  }
}

async function compareBudgets(sql: Database['sql'], faults: LedgerFaults): Promise<void> {
  faults.reserved += await slicesLeft(sql)
  const budgets = await sql<{ spent: number; reserved: number; expected: number }[]>`
    select spent::int, reserved::int, (case unit
      when 'cost' then (select coalesce(sum(cost_micros), 0) from inference_usage)
      when 'tokens' then (select coalesce(sum(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
        + output_tokens + reasoning_tokens + audio_input_tokens + audio_output_tokens), 0) from inference_usage)
      else (select count(*) from inference_usage where attempts > 0) end)::int as expected
    from budgets where period = 'total' and unit <> 'concurrency'`
  for (const { spent, reserved, expected } of budgets) {
    faults.budgets += Math.abs(spent - expected)
    faults.reserved += reserved
  }
  const [entries] = await sql<{ n: number }[]>`
    select count(*)::int as n from budget_entries where settled_at is null`
  faults.reserved += entries?.n ?? 0
}
