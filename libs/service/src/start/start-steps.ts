import { CodedError, OperatorError } from '@alkdev/errors'

/** The steps of a start, in their order. */
export const START_STEPS = [
  'config',
  'secrets',
  'logger',
  'postgres',
  'redis',
  'bus',
  'operations',
  'http',
  'announce',
  'ready',
] as const
export type StartStep = (typeof START_STEPS)[number]

/** One step in `/health`. */
export interface StepReport {
  readonly step: StartStep
  readonly status: 'done' | 'running' | 'failed' | 'waiting'
  /** When it began, ISO 8601. */
  readonly startedAt?: string
  readonly durationMs?: number
}

type Listener = (step: StartStep, durationMs: number) => void

interface Progress {
  readonly startedAtMs: number
  readonly clock: number
  durationMs?: number
  failed?: boolean
}

/** The fix for a step that fails with an error without its own fix. */
const FIXES: Readonly<Record<StartStep, string>> = {
  config: 'Correct the config file; docs/reference/config.md lists every setting.',
  secrets: 'Check `encryptionKeys` and `bus.key` of the config file, or restore it from a backup.',
  logger: 'Check `logging` of the config file.',
  postgres: 'Start Postgres, or correct `postgres` of the config file; `alkhub doctor` tells more.',
  redis: 'Start Redis, or correct `redis` of the config file; `alkhub doctor` tells more.',
  bus: 'Check `bus.key` of the config file: all services need the same one.',
  operations: 'This is a fault of the hub; start again with `logging.level: debug` and report it.',
  http: 'Free the port, or choose another one in `http.ports` of the config file.',
  announce: 'Check that Redis and Postgres stay reachable; `alkhub doctor` tells more.',
  ready: 'Check that Redis and Postgres stay reachable; `alkhub doctor` tells more.',
}

/** The fix when PostgreSQL or Redis gave no answer or refused, in whichever step: that is no fault of the step. */
const UNAVAILABLE_FIX =
  'Check that Postgres and Redis are running and have disk space and memory; `alkhub doctor` tells more.'

function isUnavailable(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === 'UNAVAILABLE'
}

function sentenceOf(step: StartStep, error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  if (code === 'EADDRINUSE') return 'The port is taken by another process.'
  if (code === 'EACCES') return 'The port may not be opened by this user.'
  if (code === 'EADDRNOTAVAIL') return 'The address to listen on is not one of this machine.'
  const failed = `The start failed at the step "${step}"`
  return isUnavailable(error) ? `${failed}: ${error.message}` : `${failed}.`
}

/** Runs the steps of a start one after the other and records their durations. */
export class StartSteps {
  readonly #progress = new Map<StartStep, Progress>()
  #listener: Listener | undefined

  /** Calls back for each completed step; immediately for those completed before. */
  onDone(listener: Listener): void {
    this.#listener = listener
    for (const [step, { durationMs }] of this.#progress) {
      if (durationMs !== undefined) listener(step, durationMs)
    }
  }

  /** Runs one step. Rethrows any error as an OperatorError: one sentence and its fix. */
  async run<T>(step: StartStep, work: () => T | Promise<T>): Promise<T> {
    const progress: Progress = { startedAtMs: Date.now(), clock: performance.now() }
    this.#progress.set(step, progress)
    try {
      const result = await work()
      progress.durationMs = performance.now() - progress.clock
      this.#listener?.(step, progress.durationMs)
      return result
    } catch (error) {
      progress.failed = true
      if (error instanceof OperatorError) throw error
      const fix = isUnavailable(error) ? UNAVAILABLE_FIX : FIXES[step]
      throw new OperatorError(sentenceOf(step, error), fix, { cause: error })
    }
  }

  report(): readonly StepReport[] {
    return START_STEPS.map((step) => {
      const progress = this.#progress.get(step)
      if (progress === undefined) return { step, status: 'waiting' }
      const startedAt = new Date(progress.startedAtMs).toISOString()
      if (progress.failed === true) return { step, status: 'failed', startedAt }
      if (progress.durationMs === undefined) return { step, status: 'running', startedAt }
      const durationMs = Math.round(progress.durationMs * 10) / 10
      return { step, status: 'done', startedAt, durationMs }
    })
  }
}
