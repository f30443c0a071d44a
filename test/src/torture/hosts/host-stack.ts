import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serviceNodeArgs, serviceNodeEnv, writeServiceConfigs } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import type { RunningService } from '@alkdev/service'
import { sleep } from '@alkdev/std'
import { migrate, openDatabase } from '@alkdev/storage'
import { serviceMain } from '../../programs.ts'
import { Machine } from '../machine.ts'
import { createKey, untilReady } from '../stack.ts'
import { HostNetwork } from './host-network.ts'
import type { Host } from './host-network.ts'

const root = join(import.meta.dirname, '../../../..')
const DRAIN_MS = 2000
const POSTGRES_PORT = 5432
const REDIS_PORT = 6379

/** The hosts, by name, each with the service on it. Two brokers, so that their calls to each other cross the network. */
const SERVICE_HOSTS = {
  gateway: 'gateway',
  'broker-a': 'spoke-broker',
  'broker-b': 'spoke-broker',
  coordinator: 'coordinator',
  'inference-proxy': 'inference-proxy',
  mcp: 'mcp',
} as const satisfies Readonly<Record<string, RunningService['name']>>
/** The default of `http.ports`: the ports of the one are free on the host of the other. */
const PORTS: Readonly<Record<RunningService['name'], number>> = {
  gateway: 3000,
  'spoke-broker': 3001,
  'inference-proxy': 3002,
  mcp: 3003,
  coordinator: 3004,
}

export interface HostStack extends AsyncDisposable {
  readonly network: HostNetwork
  /** Every part of the hub and each spoke, on a host of its own. */
  readonly hosts: readonly Host[]
  readonly gateway: string
  readonly key: string
  readonly startsFiles: readonly string[]
  readonly machines: readonly Machine[]
}

/** A hub of real processes, each on a host of its own, which find each other by what their config files say of PostgreSQL and Redis. */
export async function startHostStack(): Promise<HostStack> {
  await using stack = new AsyncDisposableStack()
  const network = new HostNetwork()
  const newFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'alkhub-hosts-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    return folder
  }
  const home = await newFolder()
  const hosts: Host[] = []
  const machines: Machine[] = []
  const start = (
    host: Host,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Machine => {
    const machine = new Machine({
      name: host.name,
      by: host.by,
      args,
      cwd: root,
      env,
      stopMs: 15_000,
    })
    stack.use(machine)
    machine.start()
    hosts.push(host)
    machines.push(machine)
    return machine
  }
  const password = generateKey().replaceAll(/\W/g, '')
  const [postgres, redis] = [network.add('postgres'), network.add('redis')]
  for (const [host, port] of [
    [postgres, POSTGRES_PORT],
    [redis, REDIS_PORT],
  ] as const) {
    const script = join(import.meta.dirname, 'server-process.ts')
    // Each in a folder of its own: PostgreSQL has an account that may not enter the other one.
    const args = [script, host.name, await newFolder(), host.address, String(port)]
    const machine = start(host, args, { TEST_PASSWORD: password })
    stack.defer(() => machine.stop())
    await untilListening(machine, host, port)
  }
  const postgresUrl = `postgres://postgres@${postgres.address}:${POSTGRES_PORT}/postgres`
  await migrate(postgresUrl)
  const database = stack.use(await openDatabase(postgresUrl, { max: 2 }))
  const key = await createKey(database)
  const keyFile = join(home, 'key')
  await writeFile(keyFile, key, { mode: 0o600 })
  const { configPaths, masterKeyPath } = await writeServiceConfigs({
    dir: home,
    postgresUrl,
    redisUrl: `redis://:${password}@${redis.address}:${REDIS_PORT}`,
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
    host: '0.0.0.0',
    sections: {
      http: { advertisedUrl: 'http://{address}:{port}', drainBudgetMs: DRAIN_MS },
      outbound: { allow: [network.range] },
    },
  })
  let gateway = ''
  const replicas = Object.entries(SERVICE_HOSTS).map(([name, service]) => {
    const host = network.add(name)
    const machine = start(host, [...serviceNodeArgs(service), serviceMain(service)], {
      ...serviceNodeEnv(service),
      ALKHUB_CONFIG_PATH: configPaths[service],
      ALKHUB_MASTER_KEY_PATH: masterKeyPath,
    })
    const url = `http://${host.address}:${PORTS[service]}`
    if (service === 'gateway') gateway = url
    return { machine, url }
  })
  await Promise.all(replicas.map((replica) => untilReady(replica)))
  const startsFiles = ['spoke-a', 'spoke-b'].map((name) => {
    const file = join(home, `${name}.starts`)
    const script = join(import.meta.dirname, '../spoke-process.ts')
    start(network.add(name), [script, gateway, keyFile, name, file])
    return file
  })
  const owned = stack.move()
  return {
    network,
    hosts,
    gateway,
    key,
    startsFiles,
    machines,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Throws with the last words of a server that takes no connection within 60 s. */
async function untilListening(
  machine: Machine,
  { name, address }: Host,
  port: number,
): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await sleep(50)) {
    const listens = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port, timeout: 2000 })
      const end = (listens: boolean): void => {
        socket.destroy()
        resolve(listens)
      }
      socket.once('connect', () => end(true))
      socket.once('error', () => end(false))
      socket.once('timeout', () => end(false))
    })
    if (listens) return
    if (!machine.running || Date.now() > deadline)
      throw new Error(`${name} takes no connections: ${machine.said.slice(-2000)}`)
  }
}
