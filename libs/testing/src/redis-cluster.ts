import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@alkdev/std/free-port'
import { RedisProcess } from './redis-process.ts'
import type { TestCertificates } from './test-certificates.ts'

const SLOTS = 16_384
const FORM_MS = 60_000
const LOOK_MS = 50

export interface RedisServersOptions {
  /** Default: none. */
  readonly tls?: TestCertificates
}

export interface RedisClusterOptions extends RedisServersOptions {
  /** Primaries. Default 3. */
  readonly primaries?: number
  /** Replicas of each primary. Default 0. */
  readonly replicas?: number
  /** Milliseconds after which a silent node counts as failed. Default 1,500. */
  readonly nodeTimeoutMs?: number
}

export interface TestRedisCluster extends AsyncDisposable {
  readonly password: string
  /** `host:port` of each, the primaries first. */
  readonly nodes: readonly string[]
  readonly processes: readonly RedisProcess[]
  /** The slot of a key or a sharded channel. */
  slotOf(key: string): Promise<number>
  /** The process that serves the slot now. `except`: one that is not asked, because it does not answer. */
  primaryOf(slot: number, except?: RedisProcess): Promise<RedisProcess>
  /** Waits until each running node says that the cluster works. */
  untilWhole(): Promise<void>
}

/** Lines that all servers have: no persistence, the settings that the hub needs, and a password for clients and replicas. */
export function commonLines(password: string, tls: TestCertificates | undefined): string[] {
  return [
    ...['bind 127.0.0.1', 'save ""', 'appendonly no', 'maxmemory-policy noeviction'],
    ...['client-output-buffer-limit pubsub 256mb 64mb 10', 'repl-diskless-sync-delay 0'],
    ...[`requirepass ${password}`, `masterauth ${password}`],
    ...tlsLines(tls),
  ]
}

/** The servers trust the same authority as their clients, and ask clients for no certificate. */
export function tlsLines(tls: TestCertificates | undefined): string[] {
  if (tls === undefined) return []
  return [
    ...[`tls-cert-file ${tls.certFile}`, `tls-key-file ${tls.keyFile}`],
    ...[`tls-ca-cert-file ${tls.caFile}`, 'tls-auth-clients no', 'tls-replication yes'],
  ]
}

/** Starts a Redis Cluster of processes on free loopback ports. */
export async function startRedisCluster(
  options: RedisClusterOptions = {},
): Promise<TestRedisCluster> {
  const { primaries = 3, replicas = 0, nodeTimeoutMs = 1500, tls } = options
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'redis-cluster-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const password = 'cluster-password'
  const buses: number[] = []
  const processes: RedisProcess[] = []
  for (let at = 0; at < primaries * (1 + replicas); at += 1) {
    const [port, bus] = [await freePort(), await freePort()]
    const lines = [
      ...commonLines(password, tls),
      ...['cluster-enabled yes', `cluster-node-timeout ${nodeTimeoutMs}`, `cluster-port ${bus}`],
      ...['cluster-announce-ip 127.0.0.1', 'cluster-replica-validity-factor 0'],
      ...(tls === undefined ? [] : ['tls-cluster yes']),
    ]
    const node = new RedisProcess({
      folder: join(folder, String(at)),
      port,
      lines,
      password,
      ...(tls && { ca: tls.ca }),
    })
    stack.use(node)
    await node.start()
    processes.push(node)
    buses.push(bus)
  }
  const untilWhole = async (): Promise<void> => {
    await until(async () => {
      const states = await Promise.all(
        processes.map((node) => node.ask('CLUSTER', 'INFO').catch(() => undefined)),
      )
      const running = states.filter((state) => state !== undefined)
      return (
        running.length > 0 &&
        running.every(
          (state) =>
            state.includes('cluster_state:ok') &&
            state.includes(`cluster_known_nodes:${processes.length}\r`),
        )
      )
    })
  }
  await form(processes, buses, primaries)
  await untilWhole()
  const owned = stack.move()
  return {
    password,
    nodes: processes.map(({ port }) => `127.0.0.1:${port}`),
    processes,
    untilWhole,
    async slotOf(key) {
      const [node] = processes
      return Number(await node?.ask('CLUSTER', 'KEYSLOT', key))
    },
    async primaryOf(slot, except) {
      for (const node of processes) {
        if (node === except) continue
        const nodes = await node.ask('CLUSTER', 'NODES').catch(() => undefined)
        const own = nodes?.split('\n').find((line) => line.includes('myself,master'))
        if (own !== undefined && serves(own, slot)) return node
      }
      throw new Error(`no node serves the slot ${slot}`)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Gives the first `primaries` nodes the slots, makes all known to each other, and the rest replicas. */
async function form(
  processes: readonly RedisProcess[],
  buses: readonly number[],
  primaries: number,
): Promise<void> {
  const [first] = processes
  if (first === undefined) throw new Error('a cluster has at least one node')
  const share = Math.ceil(SLOTS / primaries)
  for (const [at, node] of processes.entries()) {
    await node.ask('CLUSTER', 'SET-CONFIG-EPOCH', String(at + 1))
    if (at < primaries) {
      const last = Math.min(SLOTS, (at + 1) * share) - 1
      await node.ask('CLUSTER', 'ADDSLOTSRANGE', String(at * share), String(last))
    }
    if (node !== first)
      await first.ask('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(buses[at]))
  }
  const ids = await Promise.all(processes.map((node) => node.ask('CLUSTER', 'MYID')))
  for (const [at, node] of processes.entries()) {
    if (at < primaries) continue
    const primary = ids[at % primaries] ?? ''
    // It may not know its primary yet.
    await until(async () =>
      node.ask('CLUSTER', 'REPLICATE', primary).then(
        () => true,
        () => false,
      ),
    )
    await until(async () =>
      (await node.ask('INFO', 'replication')).includes('master_link_status:up'),
    )
  }
}

function serves(line: string, slot: number): boolean {
  return line
    .trim()
    .split(' ')
    .slice(8)
    .some((range) => {
      const [from = '', to = from] = range.split('-')
      return Number(from) <= slot && slot <= Number(to)
    })
}

/** Looks until `check` says true; throws after a minute. */
export async function until(check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + FORM_MS
  while (!(await check())) {
    if (performance.now() > end) throw new Error('the servers of Redis did not get ready')
    await sleep(LOOK_MS)
  }
}
