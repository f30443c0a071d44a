import { appendFileSync } from 'node:fs'
import { TiedProcess } from '@alkdev/cli/local-servers'
import { compileCache } from '../compile-cache.ts'

export interface MachineOptions {
  readonly name: string
  /** Arguments of Node. */
  readonly args: readonly string[]
  /** A command that runs Node, with its first arguments. */
  readonly by?: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds between TERM and KILL. */
  readonly stopMs?: number
  /** Gets all of its output. */
  readonly logFile?: string
}

/** A process that is started, frozen, killed and started again. */
export class Machine implements AsyncDisposable {
  readonly name: string
  readonly #options: MachineOptions
  #process: TiedProcess | undefined
  #frozen = false
  #said = ''

  constructor(options: MachineOptions) {
    this.name = options.name
    this.#options = options
  }

  get running(): boolean {
    return this.#process?.running === true
  }

  get pid(): number | undefined {
    return this.#process?.child.pid
  }

  /** Runs, and is not frozen. */
  get well(): boolean {
    return this.running && !this.#frozen
  }

  /** The last 16 KiB of its output. */
  get said(): string {
    return this.#said
  }

  start(): void {
    const { args, by = [], cwd, env, stopMs = 5000 } = this.#options
    const [file = process.execPath, ...rest] = [...by, process.execPath, ...args]
    const started = new TiedProcess({
      file,
      args: rest,
      cwd,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', NO_COLOR: '1', ...compileCache(), ...env },
      stopSignal: 'TERM',
      stopMs,
    })
    const { logFile } = this.#options
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => {
        if (logFile !== undefined) appendFileSync(logFile, chunk)
        this.#said = (this.#said + chunk.toString()).slice(-16_384)
      })
    this.#frozen = false
    this.#process = started
  }

  async kill(): Promise<void> {
    const process = this.#process
    process?.child.kill('SIGKILL')
    await process?.stop()
  }

  /** TERM, and KILL if it does not end in time. */
  async stop(): Promise<void> {
    this.thaw()
    await this.#process?.stop()
  }

  freeze(): void {
    if (!this.well) return
    this.#process?.child.kill('SIGSTOP')
    this.#frozen = true
  }

  thaw(): void {
    if (!this.#frozen) return
    this.#process?.child.kill('SIGCONT')
    this.#frozen = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw()
    await this.kill()
  }
}
