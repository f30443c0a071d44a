import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from '@alkdev/testing'

const root = join(import.meta.dirname, '../../..')
/** What a shell tells npm and Node of the way to the registry. */
const REGISTRY = /^(?:NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_.*|https?_proxy|no_proxy)$/i

/** The line of the guide for such a clone. */
export const LET_PROXY_READ = 'chmod go+r docker/haproxy.cfg'

/**
 * A copy of the files of this repository in an empty folder, as in a clone that was made with the umask 077, with a Compose project, an image
 * and a port of its own. On a machine that has only `docker-compose`, `docker compose` is that.
 */
export class ComposeFolder implements AsyncDisposable {
  readonly folder: string
  readonly url: string
  /** The name of the image, instead of `alkhub:local`. */
  readonly image: string
  readonly #env: NodeJS.ProcessEnv
  readonly #replace: readonly (readonly [string, string])[]
  readonly #background: ChildProcess[] = []

  private constructor(folder: string, port: number, env: NodeJS.ProcessEnv) {
    this.folder = folder
    this.url = `http://127.0.0.1:${port}`
    this.image = `alkhub:${port}`
    this.#env = env
    this.#replace = [['127.0.0.1:3000', `127.0.0.1:${port}`]]
  }

  static async create(): Promise<ComposeFolder> {
    const parent = await mkdtemp(join(tmpdir(), 'alkhub-compose-'))
    const folder = join(parent, 'alkhub')
    const tracked = execFileSync(
      'git',
      ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    )
    for (const path of tracked.split('\0').filter((one) => one !== '')) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await cp(join(root, path), join(folder, path), { recursive: true }).catch(() => undefined)
    }
    const bin = join(parent, 'bin')
    await mkdir(bin)
    const { PATH = '', HOME = '' } = process.env
    if (spawnSync('docker', ['compose', 'version']).status !== 0) {
      const docker = execFileSync('which', ['docker'], { encoding: 'utf8' }).trim()
      await writeFile(
        join(bin, 'docker'),
        `#!/bin/sh\n[ "$1" = compose ] || exec ${docker} "$@"\nshift\nexec docker-compose "$@"\n`,
      )
      await chmod(join(bin, 'docker'), 0o755)
    }
    const port = await freePort()
    const composeFile = join(folder, 'docker-compose.yml')
    const text = await readFile(composeFile, 'utf8')
    await writeFile(composeFile, text.replaceAll('alkhub:local', `alkhub:${port}`))
    execFileSync('chmod', ['-R', 'go-rwx', folder])
    const registry = Object.entries(process.env).filter(([name]) => REGISTRY.test(name))
    return new ComposeFolder(folder, port, {
      ...Object.fromEntries(registry),
      PATH: `${bin}:${PATH}`,
      HOME,
      COMPOSE_PROJECT_NAME: `alkhub${port}`,
      ALKHUB_PORT: String(port),
      XDG_CONFIG_HOME: join(parent, 'config'),
      NO_COLOR: '1',
    })
  }

  /** Runs a line in a shell; resolves with its output. Rejects when it fails. */
  async run(line: string, limitMs = 900_000): Promise<string> {
    const child = this.#spawn(line)
    let [out, err] = ['', '']
    child.stdout?.on('data', (data: Buffer) => (out += data.toString()))
    child.stderr?.on('data', (data: Buffer) => (err += data.toString()))
    const timer = setTimeout(() => kill(child), limitMs)
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(timer)
    if (code !== 0)
      throw new Error(`${line}\nended with ${code}\n${out.slice(-4000)}\n${err.slice(-4000)}`)
    return out
  }

  /** Starts a line that runs on, until the folder is disposed of; resolves when its output has the words. */
  async leave(line: string, words: string): Promise<void> {
    const child = this.#spawn(line)
    this.#background.push(child)
    let said = ''
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => reject(new Error(`${line}: ${said}`)), 120_000)
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        said += data.toString()
        if (said.includes(words)) resolve()
      })
    child.once('exit', () => reject(new Error(`${line} ended: ${said}`)))
    await promise.finally(() => clearTimeout(timer))
  }

  #spawn(line: string): ChildProcess {
    const here = this.#replace.reduce((done, [from, to]) => done.replaceAll(from, to), line)
    return spawn('/bin/sh', ['-c', here], {
      cwd: this.folder,
      env: this.#env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Stops the stack and deletes its data, its image and the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#background) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      kill(child)
      await ended
    }
    for (const line of [
      'docker compose down --volumes --remove-orphans --timeout 10',
      // Those of other compose files.
      'docker volume ls --quiet --filter label=com.docker.compose.project=$COMPOSE_PROJECT_NAME | xargs --no-run-if-empty docker volume rm',
      `docker image rm --force ${this.image}`,
    ])
      await this.run(line).catch((error: unknown) => console.error(error))
    await rm(dirname(this.folder), { recursive: true, force: true })
  }
}

function kill(child: ChildProcess): void {
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
}
