import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { builtOnce } from './built-once.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Clone extends Disposable {
  readonly folder: string
  /** Runs `./alkhub` to its end. */
  alkhub(
    args: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<Ran>
  /** Runs a line of a shell in the folder. */
  readonly shell: (line: string) => Promise<Ran>
  /** Starts `./alkhub` and leaves it running. */
  start(args: readonly string[]): ChildProcess
}

export interface CloneOptions {
  /**
   * With the libraries for `/sdk/` and the console, which are the same in each clone and take longer to build than all else of a start. Default
   * false: the first start builds them.
   */
  readonly built?: boolean
}

/**
 * A copy of the files of this working tree in a folder that only its owner may enter, as it is after `git clone`:
 * without packages, and with nothing of ours in the environment.
 */
export async function makeClone({ built = false }: CloneOptions = {}): Promise<Clone> {
  const folder = join(mkdtempSync(join(tmpdir(), 'alkhub-clone-')), 'hub')
  const listed = await run('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    maxBuffer: 16 * 1024 * 1024,
  })
  for (const path of listed.stdout
    .split('\0')
    .filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(root, path), join(folder, path))
  }
  // The package manager that this tree fetched, so that the test asks no registry for it again.
  const own = join(root, '.alkhub')
  for (const name of existsSync(own) ? readdirSync(own) : [])
    if (name.startsWith('pnpm-'))
      cpSync(join(own, name), join(folder, '.alkhub', name), {
        recursive: true,
        verbatimSymlinks: true,
      })
  if (built)
    for (const what of ['sdk', 'console'] as const)
      cpSync(await builtOnce(what), join(folder, '.alkhub', what), { recursive: true })
  const path = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes('node_modules'))
  // PostgreSQL runs as another user when this process is root, and copies its programs to the temporary folder.
  const temporary = mkdtempSync(join(tmpdir(), 'alkhub-clone-tmp-'))
  chmodSync(temporary, 0o755)
  const env = {
    PATH: path.join(delimiter),
    HOME: process.env['HOME'] ?? folder,
    LANG: 'C.UTF-8',
    TMPDIR: temporary,
  }
  const runFile = (
    file: string,
    args: readonly string[],
    options: { readonly input?: string; readonly timeoutMs?: number } = {},
  ): Promise<Ran> =>
    new Promise((resolve) => {
      const settings = {
        cwd: folder,
        env,
        timeout: options.timeoutMs ?? 120_000,
        maxBuffer: 16 * 1024 * 1024,
      }
      const child = execFile(file, [...args], settings, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr })
      })
      // The program may have ended without reading.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(options.input ?? '')
    })
  return {
    folder,
    alkhub: (args, options = {}) => runFile('./alkhub', args, options),
    shell: (line) => runFile('/bin/sh', ['-c', line]),
    start: (args) =>
      spawn('./alkhub', [...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    [Symbol.dispose]: () => {
      for (const one of [...relocatedData(folder), temporary, dirname(folder)])
        rmSync(one, { recursive: true, force: true })
    },
  }
}

/** The folders of PostgreSQL's data outside of the clone: as root, in a folder that the user of PostgreSQL can't enter. */
function relocatedData(folder: string): string[] {
  if (!existsSync(folder) || !existsSync('/var/lib')) return []
  const key = createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 12)
  return readdirSync('/var/lib')
    .filter((name) => name.startsWith(`alkhub-${key}`))
    .map((name) => join('/var/lib', name))
}
