import { configPaths, loadConfig } from '@alkdev/config'
import type { ServiceConfig } from '@alkdev/config'
import type { ServiceName } from '@alkdev/contracts'
import { OperatorError } from '@alkdev/errors'
import type { RunningService, StartOverrides } from './service-runtime.ts'
import { StartSteps } from './start-steps.ts'
import { redactSecrets } from '../telemetry/redact-secrets.ts'

export type CreateService<S extends ServiceName> = (
  config: ServiceConfig<S>,
  signal: AbortSignal,
  overrides?: StartOverrides,
) => Promise<RunningService>

/** Milliseconds that the event loop may stay busy after the service has closed. */
const LINGER_MS = 2000
const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const

/** One sentence and its fix, for standard error. */
export function failureText(name: string, error: unknown): string {
  if (error instanceof OperatorError) return redactSecrets(`${name}: ${error.sentences}`)
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'an unknown failure'
  return redactSecrets(`${name}: ended by ${text}`)
}

/**
 * The body of a service's `main.ts`: reads the config that the environment names, starts the service, drains on the first
 * SIGTERM or SIGINT, and ends at once on the second. Exit code 0 after a stop, 1 with a sentence on standard error when something is
 * missing or fails.
 */
export async function main<S extends ServiceName>(
  name: S,
  create: CreateService<S>,
): Promise<void> {
  const stop = new AbortController()
  const fail = (error: unknown): never => {
    process.stderr.write(`${failureText(name, error)}\n`)
    process.exit(1)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(128 + SIGNAL_NUMBERS[signal])
      stop.abort(new Error(signal))
    })
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  try {
    const steps = new StartSteps()
    const config = await steps.run('config', () => loadConfig({ ...configPaths(), service: name }))
    const service = await create(config, stop.signal, { steps })
    await service.stopped
  } catch (error) {
    // A signal during the start stops the service as well.
    if (!(stop.signal.aborted && error === stop.signal.reason)) fail(error)
  }
  setTimeout(() => process.exit(0), LINGER_MS).unref()
}
