import { compact, sleep } from '@alkdev/std'
import type { TiedProcess } from '../servers/tied-process.ts'

/** One run of a program. */
export interface ProcessRun {
  readonly process: TiedProcess
  /** The last line of its output that concerns an operator. */
  readonly lastWords: () => string
}

export interface ProcessEnd {
  /** ISO 8601. */
  readonly at: string
  readonly code: number | null
  readonly signal: string | null
  readonly words: string
}

/** The status of a process of the stack, for other commands. */
export interface ProcessState {
  /** `failing`: it ended more than five times without having run for a minute in between; it is still started again. */
  readonly state: 'running' | 'waiting' | 'failing'
  readonly pid: number
  /** How often it has ended since the stack was started. */
  readonly ends: number
  readonly lastEnd?: ProcessEnd
  /** When it is started again; ISO 8601. */
  readonly nextStartAt?: string
}

export interface SupervisedTiming {
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** Milliseconds after which a run counts as stable: the delays start from the first again. */
  readonly healthyMs: number
  /** Consecutive ends without a stable run beyond which it counts as failing. */
  readonly maxEnds: number
}

export const SUPERVISED_TIMING: SupervisedTiming = {
  firstDelayMs: 500,
  maxDelayMs: 10_000,
  healthyMs: 60_000,
  maxEnds: 5,
}

export interface SupervisedOptions {
  readonly name: string
  /** Starts the program; must observe the signal. */
  readonly start: (signal: AbortSignal) => Promise<ProcessRun> | ProcessRun
  /** Called after every change of state. */
  readonly onChange: (process: Supervised) => void
  readonly timing?: Partial<SupervisedTiming>
}

/** A program that is restarted whenever it ends unexpectedly: after 0.5 s, doubling up to 10 s, without a limit. */
export class Supervised {
  readonly name: string
  readonly #options: SupervisedOptions
  readonly #timing: SupervisedTiming
  readonly #stop = new AbortController()
  #run: ProcessRun | undefined
  #startedAt = 0
  #row = 0
  #living: Promise<void> | undefined
  #state: ProcessState = { state: 'waiting', pid: 0, ends: 0 }

  constructor(options: SupervisedOptions) {
    this.name = options.name
    this.#options = options
    this.#timing = { ...SUPERVISED_TIMING, ...options.timing }
  }

  get state(): ProcessState {
    return this.#state
  }

  /** The first start. Rejects when it fails; nothing is started again before `watch`. */
  async start(): Promise<ProcessRun> {
    this.#run = await this.#options.start(this.#stop.signal)
    this.#startedAt = performance.now()
    this.#set({ state: 'running', pid: this.#run.process.child.pid ?? 0, ends: this.#state.ends })
    return this.#run
  }

  /** From now on it is started again when it ends. */
  watch(): void {
    this.#living ??= this.#live()
  }

  /** Stops it permanently; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('The process is being stopped.'))
    await this.#run?.process.stop()
    await this.#living
    // A start in progress may have finished meanwhile.
    await this.#run?.process.stop()
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop
    while (this.#run !== undefined && !signal.aborted) {
      const { process, lastWords } = this.#run
      const { code, signal: killedBy } = await process.exited
      if (signal.aborted) return
      // Ends its watcher, which would otherwise wait for the end of this process.
      await process.abandon()
      if (performance.now() - this.#startedAt >= this.#timing.healthyMs) this.#row = 0
      await this.#again({ code, signal: killedBy, words: lastWords() })
    }
  }

  /** Waits and starts it, as often as needed. */
  async #again(first: Omit<ProcessEnd, 'at'>): Promise<void> {
    const { signal } = this.#stop
    let end = first
    while (!signal.aborted) {
      const delayMs = this.#ended(end)
      try {
        await sleep(delayMs, signal)
        await this.start()
        return
      } catch (error) {
        end = { code: null, signal: null, words: (error as Error).message }
      }
    }
  }

  /** Records an end; returns the milliseconds to wait. */
  #ended(end: Omit<ProcessEnd, 'at'>): number {
    const { firstDelayMs, maxDelayMs, maxEnds } = this.#timing
    this.#row += 1
    const failing = this.#row > maxEnds
    const delayMs = failing ? maxDelayMs : Math.min(maxDelayMs, firstDelayMs * 2 ** (this.#row - 1))
    this.#set({
      state: failing ? 'failing' : 'waiting',
      pid: 0,
      ends: this.#state.ends + 1,
      lastEnd: { at: new Date().toISOString(), ...end },
      nextStartAt: new Date(Date.now() + delayMs).toISOString(),
    })
    return delayMs
  }

  #set(state: ProcessState): void {
    const { lastEnd } = this.#state
    this.#state = { ...compact({ lastEnd }), ...state }
    if (!this.#stop.signal.aborted) this.#options.onChange(this)
  }
}
