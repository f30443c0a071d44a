import { execFile } from 'node:child_process'
import { chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '@alkdev/errors'
import { compact, sleep } from '@alkdev/std'
import { freePort } from '@alkdev/std/free-port'
import { OutputTail } from './output-tail.ts'
import { findPostgresBinaries, postgresEnv } from './postgres-binaries.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { TiedProcess } from './tied-process.ts'

const run = promisify(execFile)

export interface PostgresServerOptions {
  /**
   * Returns the folder for persistent data. `relocated`: the server's user can't enter the folder of the packages.
   * Without it a temporary one, removed at the end, and no durability.
   */
  readonly keepIn?: (relocated: boolean) => Promise<string>
  /** Password of the superuser `postgres`. Without it every connection from the loopback is trusted. */
  readonly password?: string
  /** The port to listen on, for a server that is restarted. Default: a free one. */
  readonly port?: number
  /** Milliseconds that a stop may take before the server is killed. Default 20,000. */
  readonly stopMs?: number
  /** Certificate and private key as PEM texts: the server takes connections over TLS, too. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Further variables of its environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Aborts the start. */
  readonly signal?: AbortSignal
  /** Receives the output of the server. */
  readonly onOutput?: (text: string) => void
}

export interface LocalServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly process: TiedProcess
  /** The last line of the server's output. */
  readonly lastWords: () => string
}

/**
 * Starts PostgreSQL on a free loopback port; it stops with this process. Throws OperatorError with the last output of the server.
 * Waits at most 60 s for an earlier server on the same data to finish, and as long for its own start.
 */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<LocalServer> {
  const binaries = await findPostgresBinaries()
  const temporary = options.keepIn === undefined
  const home =
    (await options.keepIn?.(binaries.relocated)) ?? (await mkdtemp(join(tmpdir(), 'alkhub-pg-')))
  await mkdir(home, { recursive: true })
  if (binaries.owner) await chown(home, binaries.owner.uid, binaries.owner.gid)
  const data = join(home, 'data')
  await initialize(binaries, home, data, options.password)
  if (options.tls) await writeCertificate(binaries, data, options.tls)
  const deadline = Date.now() + 60_000
  for (;;) {
    options.signal?.throwIfAborted()
    const port = options.port ?? (await freePort())
    const server = await launch(binaries, home, data, port, options)
    if ('process' in server) {
      const password = options.password ? `:${encodeURIComponent(options.password)}` : ''
      return {
        url: `postgres://postgres${password}@127.0.0.1:${port}/postgres`,
        port,
        process: server.process,
        lastWords: server.lastWords,
        [Symbol.asyncDispose]: () => server.process.stop(),
      }
    }
    const again =
      server.said.includes('already exists') ||
      // The processes of a server that was killed end a moment later.
      server.said.includes('pre-existing shared memory block') ||
      server.said.includes('Address already in use') ||
      server.said.includes('could not create any TCP/IP sockets')
    if (!again || Date.now() > deadline) {
      if (temporary) await rm(home, { recursive: true, force: true })
      throw new OperatorError(
        `PostgreSQL did not start: ${lastLine(server.said)}`,
        `Look into ${home}, or give a PostgreSQL of your own with --postgres-file FILE.`,
      )
    }
    await sleep(200, options.signal)
  }
}

async function initialize(
  binaries: PostgresBinaries,
  home: string,
  data: string,
  password: string | undefined,
): Promise<void> {
  const finished = join(home, 'initialized')
  if (await stat(finished).catch(() => undefined)) return
  // A first start that was killed half-way leaves a folder without the mark: start again.
  await rm(data, { recursive: true, force: true })
  const args = [
    ...['-D', data, '-U', 'postgres', '--encoding=UTF8', '--no-sync', '--no-instructions'],
    ...[password ? '--auth=scram-sha-256' : '--auth=trust'],
  ]
  const passwordFile = join(home, `.password-${process.pid}`)
  if (password) {
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (binaries.owner) await chown(passwordFile, binaries.owner.uid, binaries.owner.gid)
    args.push(`--pwfile=${passwordFile}`)
  }
  try {
    await run(binaries.initdb, args, {
      ...binaries.owner,
      cwd: home,
      env: postgresEnv,
      timeout: 120_000,
    })
    await writeFile(finished, '')
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr ?? ''
    throw new OperatorError(
      `PostgreSQL could not make its data folder: ${lastLine(said)}`,
      `Check that ${home} can be written and has room, then start again.`,
      { cause },
    )
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** Under the names that PostgreSQL expects in its data folder. */
async function writeCertificate(
  { owner }: PostgresBinaries,
  data: string,
  { cert, key }: { readonly cert: string; readonly key: string },
): Promise<void> {
  for (const [name, text] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    const file = join(data, name)
    await writeFile(file, text, { mode: 0o600 })
    if (owner) await chown(file, owner.uid, owner.gid)
  }
}

async function launch(
  binaries: PostgresBinaries,
  home: string,
  data: string,
  port: number,
  options: PostgresServerOptions,
): Promise<{ process: TiedProcess; lastWords: () => string } | { said: string }> {
  const temporary = options.keepIn === undefined
  const settings = [
    ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=300', 'jit=off'],
    ...(temporary ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []),
    ...(options.tls ? ['ssl=on'] : []),
  ]
  const tied = new TiedProcess({
    file: binaries.postgres,
    args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    cwd: home,
    env: { ...postgresEnv, ...options.env },
    ...compact({ owner: binaries.owner }),
    stopSignal: 'INT',
    stopMs: options.stopMs ?? 20_000,
    ...(temporary && { removeFolder: home }),
  })
  const tail = new OutputTail([tied.stdout, tied.stderr], options.onOutput)
  const over = Promise.race([tied.exited, aborted(options.signal)])
  if (await tail.waitFor('ready to accept connections', over, 60_000))
    return { process: tied, lastWords: () => tail.lastLine }
  const said = tail.text
  await tied.abandon()
  return { said }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve()
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? 'it said nothing'
}
