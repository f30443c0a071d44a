import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect as connectTls } from 'node:tls'

const START_MS = 30_000
const REPLY_MS = 10_000

/** Stops the server when this process ends, however it ends: the shell becomes the server, and its other half waits for the end of the pipe. */
const TIED = `{ read -r _ <&3; kill -KILL $$; } >/dev/null 2>&1 &
exec "$@" 3<&-`

export interface RedisProcessOptions {
  readonly folder: string
  readonly port: number
  /** Lines of its configuration file, without the port. */
  readonly lines: readonly string[]
  readonly args?: readonly string[]
  readonly password: string
  /** The authority of its certificate: it takes connections with TLS only. */
  readonly ca?: string
}

/** A Redis server, or a sentinel, of a test. */
export class RedisProcess implements AsyncDisposable {
  readonly port: number
  readonly #options: RedisProcessOptions
  #child: ChildProcess | undefined

  constructor(options: RedisProcessOptions) {
    this.#options = options
    this.port = options.port
  }

  /** Writes the configuration and starts. What a sentinel or a node of a cluster has learned stays in its folder. */
  async start(): Promise<void> {
    const { folder, port, lines, args = [], ca } = this.#options
    await mkdir(folder, { recursive: true })
    const file = join(folder, 'redis.conf')
    const ports = ca === undefined ? [`port ${port}`] : ['port 0', `tls-port ${port}`]
    if (!existsSync(file))
      await writeFile(file, `${[...ports, `dir ${folder}`, ...lines].join('\n')}\n`, {
        mode: 0o600,
      })
    const child = spawn('/bin/sh', ['-c', TIED, 'sh', redisServer(), file, ...args], {
      detached: true,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    })
    this.#child = child
    child.stdio[3]?.on('error', () => undefined)
    const said: string[] = []
    const late = setTimeout(() => child.kill('SIGKILL'), START_MS)
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      said.push(line)
      if (/eady to accept connections|monitor master|Sentinel ID/.test(line)) break
    }
    clearTimeout(late)
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`redis-server did not start:\n${said.slice(-10).join('\n')}`)
    child.stdout?.resume()
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => {
      child.once('exit', resolve)
    })
    child.kill('SIGKILL')
    await exited
    const pipe = child.stdio[3]
    if (pipe && 'destroy' in pipe) pipe.destroy()
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** One command; its reply as text (arrays are not read). Rejects with the error that Redis replies. */
  async ask(...command: readonly string[]): Promise<string> {
    const { port, password, ca } = this.#options
    const socket: Socket =
      ca === undefined ? connect(port, '127.0.0.1') : connectTls({ port, host: '127.0.0.1', ca })
    socket.setTimeout(REPLY_MS, () => socket.destroy(new Error(`no reply on ${port}`)))
    const sent = [...(password === '' ? [] : [['AUTH', password]]), command]
    socket.write(sent.map(encoded).join(''))
    let text = ''
    let left = sent.length
    try {
      for await (const chunk of socket) {
        text += String(chunk)
        for (;;) {
          const reply = firstReply(text)
          if (reply === undefined) break
          text = text.slice(reply.length)
          left -= 1
          if (reply.error !== undefined) throw new Error(reply.error)
          if (left === 0) return reply.value
        }
      }
      throw new Error(`the server on ${port} closed the connection`)
    } finally {
      socket.destroy()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw()
    await this.kill()
  }
}

function redisServer(): string {
  // oxlint-disable-next-line node/no-process-env -- where a program is
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  const files = ['redis-server', 'valkey-server'].flatMap((name) =>
    folders.filter((folder) => folder !== '').map((folder) => join(folder, name)),
  )
  const found = files.find((file) => existsSync(file))
  if (found === undefined) throw new Error('There is no redis-server or valkey-server on the PATH.')
  return found
}

function encoded(command: readonly string[]): string {
  const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return `*${command.length}\r\n${words.join('')}`
}

interface Reply {
  readonly length: number
  readonly value: string
  readonly error?: string
}

/** The first whole reply of a text in RESP2. */
function firstReply(text: string): Reply | undefined {
  const end = text.indexOf('\r\n')
  if (end < 0) return undefined
  const kind = text[0]
  const line = text.slice(1, end)
  if (kind === '-') return { length: end + 2, value: '', error: line }
  if (kind !== '$' || line === '-1') return { length: end + 2, value: line }
  const length = end + 2 + Number(line) + 2
  return text.length < length ? undefined : { length, value: text.slice(end + 2, length - 2) }
}
