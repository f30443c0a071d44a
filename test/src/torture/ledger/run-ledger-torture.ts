import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must, sleep } from '@alkdev/std'
import { createClient } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { setBudget } from '@alkdev/storage/inference'
import { Random } from '../random.ts'
import { startTortureStack } from '../stack.ts'
import { PRICES, TIERS } from './compare-attempts.ts'
import { compareLedger } from './compare-ledger.ts'
import type { LedgerComparison } from './compare-ledger.ts'
import { startJournalUpstream } from './journal-upstream.ts'
import { ledgerChaos } from './ledger-chaos.ts'
import { makeCall } from './make-call.ts'
import type { ClientCall } from './make-call.ts'

export interface LedgerTortureOptions {
  readonly seed: number
  /** Calls that reach the provider. */
  readonly calls: number
  readonly callers: number
  readonly proxies: number
  /** Milliseconds between two failures. */
  readonly pauseMs: readonly [number, number]
  readonly onProgress?: (sentence: string) => void
}

export interface LedgerTortureSummary extends LedgerComparison {
  readonly seed: number
  readonly calls: number
  readonly seconds: number
  readonly requests: number
  readonly injected: Readonly<Record<string, number>>
}

const LEASE_MS = 3000
/** Milliseconds that rows have to be settled after the last call. */
const SWEEP_MS = 30_000

/** Makes mixed calls of models through proxies while they, PostgreSQL and Redis fail, and compares the ledger with the journal of the provider. */
export async function runLedgerTorture(
  options: LedgerTortureOptions,
): Promise<LedgerTortureSummary> {
  const { seed, onProgress = () => undefined } = options
  await using stack = new AsyncDisposableStack()
  const upstream = stack.use(await startJournalUpstream())
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-ledger-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const pricesFile = join(folder, 'prices.json')
  const models = { 'acme/*': PRICES, 'claude/*': PRICES }
  const tiers = { 'acme/*': TIERS, 'claude/*': TIERS }
  await writeFile(pricesFile, JSON.stringify({ version: 'torture', models, tiers }))
  const hub = stack.use(
    await startTortureStack({
      brokers: 1,
      spokes: 0,
      drainBudgetMs: 5000,
      sections: {
        inference: { pricesFile, callLeaseMs: LEASE_MS, retryDelayMs: 20 },
        outbound: { allow: ['127.0.0.0/8'] },
      },
    }),
  )
  await prepare(hub.database, upstream.url)
  const proxies = await Promise.all(
    Array.from({ length: options.proxies }, () => hub.add('inference-proxy')),
  )
  const urls = proxies.map(({ url }) => url)
  const random = new Random(seed)
  const calls: ClientCall[] = []
  const load = new AbortController()
  const from = performance.now()
  const chaos = ledgerChaos({
    stack: hub,
    proxies,
    random: new Random(seed + 1),
    pauseMs: options.pauseMs,
    leaseMs: LEASE_MS,
    signal: load.signal,
    onFailure: (what) => onProgress(`${calls.length} calls: ${what}`),
  })
  let next = 0
  const callers = Array.from({ length: options.callers }, async () => {
    const own = new Random(random.between(0, 0xffff_ffff))
    while (upstream.journal.size < options.calls) {
      const number = (next += 1)
      // oxlint-disable-next-line no-await-in-loop -- a caller makes one call after the other
      const call = await makeCall({ urls, key: hub.key, number, random: own })
      calls.push(call)
      // The hub has no database, or a proxy has just been killed.
      // oxlint-disable-next-line no-await-in-loop
      if (!call.hasLeft && (call.status ?? 503) >= 500) await sleep(100)
    }
  })
  try {
    await Promise.race([Promise.all(callers), chaos])
  } finally {
    load.abort()
  }
  const { injected, kills, outages } = await chaos
  onProgress(`${calls.length} calls: waiting for the sweep`)
  await untilSettled(hub.database)
  const { journal } = upstream
  const comparison = await compareLedger(hub.database, {
    ...{ journal, calls, kills, outages },
    leaseMs: LEASE_MS,
  })
  return {
    seed,
    calls: journal.size,
    seconds: Math.round((performance.now() - from) / 100) / 10,
    requests: [...journal.values()].reduce((sum, entries) => sum + entries.length, 0),
    injected: Object.fromEntries(injected),
    ...comparison,
  }
}

/** Providers and budgets of the account. */
async function prepare({ db, sql }: Database, baseUrl: string): Promise<void> {
  const [account] = await sql<{ id: string }[]>`select id from accounts limit 1`
  const ownerId = must(account).id
  for (const [name, config] of [
    ['acme', { baseUrl }],
    ['claude', { baseUrl, protocol: 'anthropic' }],
  ] as const)
    await createClient(db, { name, type: 'llm-provider', config, ownerId }, {})
  for (const [unit, limitAmount] of [
    ['cost', 1_000_000_000],
    ['tokens', 1_000_000_000],
    ['requests', 1_000_000_000],
    ['concurrency', 1000],
  ] as const)
    await setBudget(db, {
      subjectType: 'account',
      subjectId: ownerId,
      model: '',
      unit,
      period: 'total',
      limitAmount,
      maxOutputTokens: 100,
      createdBy: ownerId,
    })
}

async function untilSettled({ sql }: Database): Promise<void> {
  const deadline = performance.now() + SWEEP_MS
  while (performance.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const [open] = await sql<{ n: number }[]>`
      select count(*)::int as n from inference_usage where ended_at is null`
    if (open?.n === 0) return
    // oxlint-disable-next-line no-await-in-loop
    await sleep(200)
  }
}
