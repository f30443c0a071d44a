import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@alkdev/cli/local-servers'
import { must, sleep } from '@alkdev/std'

const READY_MS = 10_000
const CONFIG = join(import.meta.dirname, '../../../docker/haproxy.cfg')

/** A server of this machine behind the proxy. */
export interface ProxiedServer {
  readonly name: string
  readonly port: number
}

/** The servers by the names that their services have in the stack of containers. */
export type ProxiedServers = Readonly<
  Record<'gateway' | 'inference-proxy', readonly ProxiedServer[]>
>

export interface Haproxy extends AsyncDisposable {
  readonly url: string
  /** Answers 200 while a gateway is ready. */
  readonly health: string
  readonly pid: number
}

export function hasHaproxy(): boolean {
  return spawnSync('haproxy', ['-v']).status === 0
}

/** The configuration of the stack of containers, with servers of this machine in place of those that Docker's name server knows. */
async function configHere(
  port: number,
  healthPort: number,
  servers: ProxiedServers,
): Promise<string> {
  return (await readFile(CONFIG, 'utf8'))
    .replace(/fd-hard-limit \d+/, 'maxconn 500')
    .replace(/^resolvers docker\n(?: .*\n)*/m, '')
    .replace(' resolvers docker init-addr none', '')
    .replace('bind :3000', `bind 127.0.0.1:${port}`)
    .replace('127.0.0.1:3009', `127.0.0.1:${healthPort}`)
    .replaceAll(/server-template \S+ 1-16 ([a-z-]+):\d+/g, (_line, service: string) =>
      servers[service as keyof ProxiedServers]
        .map(({ name, port: at }) => `server ${name} 127.0.0.1:${at}`)
        .join('\n  '),
    )
}

/**
 * Starts `haproxy` with the configuration of the stack of containers before these servers, and waits until a gateway is ready. `trusted`: addresses of
 * proxies before it. Throws with its last words when none is ready in 10 s.
 */
export async function startHaproxy(servers: ProxiedServers, trusted: string): Promise<Haproxy> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-proxy-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const [port, healthPort] = [await freePort(), await freePort()]
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, await configHere(port, healthPort, servers))
  const child = spawn('haproxy', ['-db', '-f', file], {
    env: { ...process.env, ALKHUB_TRUSTED_PROXIES: trusted },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  stack.defer(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const health = `http://127.0.0.1:${healthPort}/ready`
  const until = performance.now() + READY_MS
  while ((await fetch(health).catch(() => undefined))?.status !== 200) {
    if (performance.now() > until || child.exitCode !== null)
      throw new Error(`haproxy is not ready: ${said}`)
    await sleep(50)
  }
  const owned = stack.move()
  return {
    url: `http://127.0.0.1:${port}`,
    health,
    pid: must(child.pid),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
