import type { Bus } from '@alkdev/bus'
import { drainHttpApp, httpIdle, httpQuiet } from '@alkdev/http'
import type { HttpApp } from '@alkdev/http'
import type { ServiceName } from '@alkdev/contracts'
import { unlessAborted } from '@alkdev/std'
import type { Logger } from 'pino'

export interface DrainWork {
  readonly what: string
  readonly work: (signal: AbortSignal) => void | Promise<void>
}

/** Milliseconds within which every process reads that this instance drains: more than twice the time between two readings of the leases. */
const NOTICE_MS = 1200
/** Milliseconds after which a balancer, or a client that knows no other instance, is no longer served, even if it still sends requests. */
const MOST_NOTICE_MS = 5000

export interface DrainInput {
  readonly service: ServiceName
  readonly app: HttpApp
  readonly bus: Bus
  readonly work: readonly DrainWork[]
  readonly logger: Logger
  /** Milliseconds for work in flight. */
  readonly budgetMs: number
  /** Ends the drain at once. */
  readonly signal: AbortSignal
}

/**
 * Accepts no new work and waits for work in flight: calls of others that run here, calls of this instance that run elsewhere, requests
 * that are being answered, and the drain hooks of the service. True when everything ended within the budget.
 */
export async function drain(input: DrainInput): Promise<boolean> {
  const { app, bus, work, logger, budgetMs } = input
  const budget = AbortSignal.any([input.signal, AbortSignal.timeout(budgetMs)])
  drainHttpApp(app)
  const all: readonly DrainWork[] = [
    { what: 'bus', work: (signal) => bus.drain(signal) },
    ...work,
    {
      what: 'http',
      async work(signal) {
        await noticed(input, signal)
        await httpIdle(app, signal)
      },
    },
  ]
  const left = new Set(all.map(({ what }) => what))
  const done = Promise.all(
    all.map(async ({ what, work: run }) => {
      try {
        await run(budget)
      } catch (error) {
        logger.warn({ what, err: error }, 'failed to drain')
      }
      if (!budget.aborted) left.delete(what)
    }),
  )
  const ended = await unlessAborted(done, budget).then(
    () => true,
    () => false,
  )
  if (left.size > 0) logger.warn({ left: [...left], budgetMs }, 'not everything ended in time')
  return ended && left.size === 0
}

/**
 * Waits until the gateways, and the balancer before them, send their requests to another instance of the service: for `NOTICE_MS`, and until no request has
 * come for as long. A balancer that looks at `/readyz` learns of the drain with its next look, which a busy machine delays; a connection that closes
 * before can lose a request in transit. Without another instance it returns immediately.
 */
async function noticed({ app, bus, service }: DrainInput, signal: AbortSignal): Promise<void> {
  await bus.lookForInstances().catch(() => undefined)
  const others = bus.instances(service).filter(({ instanceId }) => instanceId !== bus.instanceId)
  if (others.length === 0) return
  await httpQuiet(app, NOTICE_MS, AbortSignal.any([signal, AbortSignal.timeout(MOST_NOTICE_MS)]))
}
