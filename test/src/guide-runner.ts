import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@alkdev/std'
import { compileCache } from './compile-cache.ts'
import { commandMain } from './programs.ts'
import type { TestStack } from './test-stack.ts'

const root = join(import.meta.dirname, '../..')
/** Milliseconds that a command may take. */
const COMMAND_MS = 30_000

export interface Ran {
  readonly line: string
  readonly code: number
  readonly out: string
  readonly err: string
}

export function documentText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The first block of a Markdown text in that language. */
export function codeBlock(markdown: string, language: string): string {
  return new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(markdown)?.[1] ?? ''
}

/** A folder with an `./alkhub` in it that is the clone's, and a hub: a reader who does what the guides say. */
export class GuideRunner implements AsyncDisposable {
  readonly folder: string
  readonly #replace: readonly (readonly [string, string])[]
  readonly #background: ChildProcess[] = []

  private constructor(folder: string, replace: readonly (readonly [string, string])[]) {
    this.folder = folder
    this.#replace = replace
  }

  /** `replace`: what stands in the guides for something that is elsewhere in the test, and what to put there. */
  static async start(
    hub: TestStack,
    replace: readonly (readonly [string, string])[] = [],
  ): Promise<GuideRunner> {
    const folder = await mkdtemp(join(tmpdir(), 'alkhub-guide-'))
    const admin = join(folder, 'admin-of-the-test.key')
    await writeFile(admin, `${hub.admin.key}\n`, { mode: 0o600 })
    await symlink(join(root, 'test/node_modules'), join(folder, 'node_modules'))
    // The commands of a clone know their stack; here it is passed to them.
    await writeFile(
      join(folder, 'alkhub'),
      `#!/bin/sh
case "$*" in *--hub*) ;; tasks\\ *--project*|tasks\\ *--synced*) set -- "$@" --hub '${hub.gateway}' ;; tasks*|config*) ;; *) set -- "$@" --hub '${hub.gateway}' ;; esac
case "$*" in *--key-file*) ;; *--hub*) set -- "$@" --key-file '${admin}' ;; esac
exec '${process.execPath}' '${commandMain()}' "$@"
`,
    )
    await chmod(join(folder, 'alkhub'), 0o755)
    const gateway = hub.gateway.replace('http://', '')
    return new GuideRunner(folder, [['127.0.0.1:3000', gateway], ...replace])
  }

  /** A text of the guides as it is here. */
  here(text: string): string {
    return this.#replace.reduce((done, [from, to]) => done.replaceAll(from, to), text)
  }

  /** Runs a line in a shell, with `input` on its standard input, for at most `limitMs` milliseconds. */
  async run(line: string, input = '', limitMs = COMMAND_MS): Promise<Ran> {
    const child = this.#spawn(line)
    let [out, err] = ['', '']
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
    // A line that reads nothing may have ended before.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    const timer = setTimeout(() => kill(child), limitMs)
    const [code] = (await once(child, 'close')) as [number | null]
    clearTimeout(timer)
    return { line, code: code ?? -1, out, err }
  }

  /** Starts a line that runs on, until the runner is disposed of; resolves when its output has the words. */
  async leave(line: string, words: string): Promise<void> {
    const child = this.#spawn(line)
    this.#background.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (said += chunk.toString()))
    for (const until = Date.now() + COMMAND_MS; !said.includes(words); await sleep(20))
      if (child.exitCode !== null || Date.now() > until) throw new Error(`${line}: ${said}`)
  }

  #spawn(line: string): ChildProcess {
    const { PATH = '', PYTHONPATH = '', XDG_STATE_HOME = '' } = process.env
    const env = { ...compileCache(), PATH, PYTHONPATH, XDG_STATE_HOME, NO_COLOR: '1' }
    return spawn('/bin/sh', ['-c', this.here(line)], { cwd: this.folder, env, detached: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#background) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      kill(child)
      await ended
    }
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** The shell and what it started. */
function kill(child: ChildProcess): void {
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
}
