import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { freePort } from '@alkdev/std/free-port'
import { OutputTail } from './output-tail.ts'
import { findRedis } from './redis-binary.ts'
import type { LocalServer } from './postgres-server.ts'
import { TiedProcess } from './tied-process.ts'

export interface RedisServerOptions {
  /** Folder for the configuration file. Without it a temporary one, removed at the end. */
  readonly keepIn?: string
  /** Without it every connection from the loopback is accepted. */
  readonly password?: string
  /** The port to listen on, for tests that restart the server. Default: a free one. */
  readonly port?: number
  /** Milliseconds that a stop may take before the server is killed. Default 10,000. */
  readonly stopMs?: number
  /** Aborts the start. */
  readonly signal?: AbortSignal
  /** Receives the output of the server. */
  readonly onOutput?: (text: string) => void
  readonly onProgress?: (sentence: string) => void
}

/**
 * Starts Redis (or Valkey) on a free loopback port, without persistence; it stops with this process. The configuration file
 * contains only a hash of the password.
 */
export async function startRedis(options: RedisServerOptions = {}): Promise<LocalServer> {
  const file = await findRedis(options.onProgress)
  const temporary = options.keepIn === undefined
  const home = options.keepIn ?? (await mkdtemp(join(tmpdir(), 'alkhub-redis-')))
  await mkdir(home, { recursive: true })
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort())
    const configuration = join(home, 'redis.conf')
    const lines = [
      ...[`port ${port}`, 'bind 127.0.0.1', 'save ""', 'appendonly no', 'dir .'],
      ...['maxmemory-policy noeviction', 'client-output-buffer-limit pubsub 256mb 64mb 10'],
      ...(options.password ? [`user default on #${sha256(options.password)} ~* &* +@all`] : []),
    ]
    await writeFile(configuration, `${lines.join('\n')}\n`, { mode: 0o600 })
    const tied = new TiedProcess({
      file,
      args: [configuration],
      cwd: home,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stopSignal: 'TERM',
      stopMs: options.stopMs ?? 10_000,
      ...(temporary && options.port === undefined && { removeFolder: home }),
    })
    const tail = new OutputTail([tied.stdout, tied.stderr], options.onOutput)
    const stopWaiting = (): void => void tied.child.kill('SIGKILL')
    options.signal?.addEventListener('abort', stopWaiting, { once: true })
    const ready = await tail.waitFor('eady to accept connections', tied.exited, 30_000)
    options.signal?.removeEventListener('abort', stopWaiting)
    if (ready) {
      const password = options.password ? `:${encodeURIComponent(options.password)}@` : ''
      return {
        url: `redis://${password}127.0.0.1:${port}`,
        port,
        process: tied,
        lastWords: () => tail.lastLine,
        [Symbol.asyncDispose]: () => tied.stop(),
      }
    }
    const taken = tail.text.includes('Address already in use')
    await tied.abandon()
    options.signal?.throwIfAborted()
    if (!taken || attempt >= 5)
      throw new OperatorError(
        `Redis did not start: ${tail.text.trim().split('\n').at(-1) ?? 'it said nothing'}`,
        'Give a Redis of your own with --redis-file FILE, where FILE holds its URL.',
      )
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
