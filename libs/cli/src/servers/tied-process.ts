import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { must } from '@alkdev/std'

export interface TiedProcessOptions {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Run as another user; only root can. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** Signal that asks the process to stop when its starter is gone. */
  readonly stopSignal: 'INT' | 'TERM'
  /** Milliseconds between that signal and KILL. */
  readonly stopMs: number
  /** Folder to remove once the process has ended. */
  readonly removeFolder?: string
}

/**
 * A child that stops when this process ends, however it ends (`kill -9` included), and that a terminal's Ctrl-C does not reach.
 *
 *   this process ──pipe 3──▶ watcher (sh): end of pipe ─▶ stop signal, KILL after stopMs, remove the folder
 *                                      the word `keep` ─▶ the same, the folder stays
 *                            the shell itself becomes the program, so pid and exit code are the program's
 */
export class TiedProcess {
  readonly child: ChildProcess
  readonly #stopMs: number
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>

  constructor(options: TiedProcessOptions) {
    this.#stopMs = options.stopMs
    const ticks = Math.max(1, Math.ceil(options.stopMs / 50))
    const script = `dir=$1; sig=$2; ticks=$3; shift 3
{ trap '' INT TERM HUP; read -r word <&3; kill -"$sig" $$ 2>/dev/null
  while kill -0 $$ 2>/dev/null; do ticks=$((ticks-1)); [ "$ticks" -le 0 ] && kill -KILL $$ 2>/dev/null; sleep 0.05; done
  [ -n "$dir" ] && [ "$word" != keep ] && rm -rf "$dir"; } >/dev/null 2>&1 &
exec "$@" 3<&-`
    this.child = spawn(
      '/bin/sh',
      [
        '-c',
        script,
        'sh',
        options.removeFolder ?? '',
        options.stopSignal,
        String(ticks),
        options.file,
        ...options.args,
      ],
      {
        ...options.owner,
        cwd: options.cwd,
        env: { ...options.env },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      },
    )
    this.exited = new Promise((resolve) => {
      this.child.once('error', () => resolve({ code: 127, signal: null }))
      this.child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    this.child.stdio[3]?.on('error', () => {})
  }

  get stdout(): Readable {
    return must(this.child.stdout, 'stdout')
  }

  get stderr(): Readable {
    return must(this.child.stderr, 'stderr')
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  /** Kills it at once and keeps its folder, for a failed start that is retried. */
  async abandon(): Promise<void> {
    const pipe = this.child.stdio[3]
    if (pipe && 'write' in pipe) pipe.write('keep\n')
    this.child.kill('SIGKILL')
    await this.exited
    if (pipe && 'destroy' in pipe) pipe.destroy()
  }

  /** Asks it to stop (see `stopSignal`, `stopMs`) and resolves when it has ended. */
  async stop(): Promise<void> {
    const pipe = this.child.stdio[3]
    if (pipe && 'destroy' in pipe) pipe.destroy()
    // The watcher measures time with short sleeps, which take longer on a busy machine.
    const late = setTimeout(() => this.child.kill('SIGKILL'), this.#stopMs + 500)
    await this.exited
    clearTimeout(late)
  }
}
