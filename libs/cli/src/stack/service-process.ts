import { join } from 'node:path'
import { TiedProcess } from '../servers/tied-process.ts'
import type { LogFile } from './log-file.ts'
import type { StackPaths } from './paths.ts'
import { TimedLines } from './timed-lines.ts'

export interface ChildProcessOptions {
  readonly name: string
  /** Arguments of Node: the script and its arguments. */
  readonly args: readonly string[]
  readonly cwd: string
  /** Only paths: no secret is ever in an environment. */
  readonly env: Readonly<Record<string, string>>
}

/** Milliseconds that a service or the spoke has to finish its work. */
export const SERVICE_STOP_MS = 4000

/** One run of a service or of the spoke. Its output goes to a log that is kept. */
export class ServiceProcess {
  readonly name: string
  readonly logFile: string
  readonly process: TiedProcess
  #tail = ''

  constructor(paths: StackPaths, log: LogFile, options: ChildProcessOptions) {
    this.name = options.name
    this.logFile = log.path
    this.process = new TiedProcess({
      file: process.execPath,
      args: options.args,
      cwd: options.cwd,
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        NO_COLOR: '1',
        // Stripped types and compiled code are kept, so that the next start is faster.
        NODE_COMPILE_CACHE: join(paths.home, 'compile-cache'),
        ...options.env,
      },
      stopSignal: 'TERM',
      stopMs: SERVICE_STOP_MS,
    })
    for (const name of ['stdout', 'stderr'] as const) {
      const lines = new TimedLines(log, name)
      this.process[name].on('data', (chunk: Buffer) => {
        this.#tail = (this.#tail + chunk.toString()).slice(-8192)
        lines.write(chunk)
      })
      this.process[name].once('end', () => lines.end())
    }
  }

  get pid(): number {
    return this.process.child.pid ?? 0
  }

  /** True when the last 8 KiB of its output hold the text. */
  said(text: string): boolean {
    return this.#tail.includes(text)
  }

  /** The message of its last line: of a JSON log line the `msg`, else the line. */
  lastWords(): string {
    const lines = this.#tail.trim().split('\n')
    // Node's report of a crash ends with its version; the error is above.
    const crash = lines.findLast((line) => /^(\w*Error\b.*|.*\[ERR_\w+\].*): /.test(line))
    if (crash !== undefined && lines.at(-1)?.startsWith('Node.js v')) return crash
    for (const line of lines.toReversed()) {
      if (!line.startsWith('{')) {
        if (line.trim() !== '') return line.trim()
        continue
      }
      try {
        return String((JSON.parse(line) as { msg?: unknown }).msg)
      } catch {
        continue
      }
    }
    return 'it said nothing.'
  }
}
