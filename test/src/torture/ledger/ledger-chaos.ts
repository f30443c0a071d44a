import { must, sleep } from '@alkdev/std'
import { cutRedis, frozen, frozenRedis, replaced } from '../chaos.ts'
import type { Random } from '../random.ts'
import type { Replica, TortureStack } from '../stack.ts'

const FAILURE_WEIGHTS = [
  [10, 'proxy killed'],
  [3, 'proxy frozen'],
  [2, 'PostgreSQL killed'],
  [1, 'Redis killed'],
  [1, 'Redis frozen'],
  [1, 'Redis connections cut'],
] as const
type LedgerFailure = (typeof FAILURE_WEIGHTS)[number][1]

/** A moment at which a proxy was killed, as `performance.now()`. */
export interface Kill {
  readonly proxy: number
  readonly at: number
}

/** A time in which a proxy was frozen, or PostgreSQL was unreachable for all of them (`proxy` undefined). */
export interface Outage {
  readonly proxy: number | undefined
  readonly from: number
  readonly to: number
}

export interface LedgerChaosOptions {
  readonly stack: TortureStack
  readonly proxies: readonly Replica[]
  readonly random: Random
  /** Milliseconds between two failures, from and to. */
  readonly pauseMs: readonly [number, number]
  readonly leaseMs: number
  readonly signal: AbortSignal
  readonly onFailure: (what: string) => void
}

export interface LedgerChaos {
  readonly injected: ReadonlyMap<string, number>
  readonly kills: readonly Kill[]
  readonly outages: readonly Outage[]
}

/** Milliseconds that the proxies have after an outage of PostgreSQL, to write what they hold, before one of them is killed. */
const RECOVERY_MS = 3000

/** Milliseconds after the kill of a proxy before PostgreSQL is killed: the opening rows of its calls must be on the disk. */
const FLUSH_MS = 1500

/**
 * Injects failures until the signal aborts, and repairs everything. A proxy may fail while others start again. No proxy is killed while
 * PostgreSQL is unreachable or came back just now: what a proxy holds in its memory then is lost by the design.
 */
export async function ledgerChaos(options: LedgerChaosOptions): Promise<LedgerChaos> {
  const { proxies, random, pauseMs, signal, onFailure } = options
  const injected = new Map<string, number>()
  const kills: Kill[] = []
  const outages: Outage[] = []
  /** Proxies that fail now, with the promise of their repair. */
  const busy = new Map<number, Promise<void>>()
  while (!signal.aborted) {
    // oxlint-disable-next-line no-await-in-loop -- one failure after the other
    await sleep(random.between(...pauseMs), signal).catch(() => undefined)
    if (signal.aborted) break
    const what = random.pick(FAILURE_WEIGHTS)
    const proxy = random.between(0, proxies.length - 1)
    const isProxy = what.startsWith('proxy')
    if (isProxy && busy.has(proxy)) continue
    injected.set(what, (injected.get(what) ?? 0) + 1)
    onFailure(what)
    const repaired = inject(options, what, proxy, { kills, outages })
    if (isProxy) {
      busy.set(
        proxy,
        repaired.finally(() => busy.delete(proxy)),
      )
      repaired.catch(() => undefined)
    }
    // oxlint-disable-next-line no-await-in-loop
    else await repaired
  }
  await Promise.all(busy.values())
  return { injected, kills, outages }
}

async function inject(
  { stack, proxies, random, leaseMs }: LedgerChaosOptions,
  what: LedgerFailure,
  proxy: number,
  { kills, outages }: { readonly kills: Kill[]; readonly outages: Outage[] },
): Promise<void> {
  const replica = must(proxies[proxy])
  switch (what) {
    case 'proxy killed':
      kills.push({ proxy, at: performance.now() })
      return replaced(replica, 0, 'kill')
    case 'proxy frozen':
      // Longer than its leases: the sweep settles its calls, which it settles again.
      return during(proxy, outages, () => frozen(replica.machine, leaseMs * 2))
    case 'PostgreSQL killed':
      await sleep(FLUSH_MS)
      await during(undefined, outages, () => stack.restartPostgres(random.between(100, 2000)))
      return sleep(RECOVERY_MS)
    case 'Redis killed':
      return stack.restartRedis()
    case 'Redis frozen':
      return frozenRedis(stack, random.between(100, 3000))
    case 'Redis connections cut':
      return cutRedis(stack)
    default:
      return what satisfies never
  }
}

async function during(
  proxy: number | undefined,
  outages: Outage[],
  work: () => Promise<void>,
): Promise<void> {
  const from = performance.now()
  await work()
  outages.push({ proxy, from, to: performance.now() })
}
