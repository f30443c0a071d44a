import { startFakeProvider } from '../../fake-provider.ts'
import { Random } from '../random.ts'
import { startTortureStack } from '../stack.ts'
import type { Replica, TortureStack } from '../stack.ts'
import { runStages } from './run-stages.ts'
import type { ChaosSummary, StageRunOptions } from './run-stages.ts'
import { SERVICES, STAGES } from './stages.ts'
import type { ChaosParts, ChaosSize } from './stages.ts'

const HEADERS_TIMEOUT_MS = 2000

export interface ChaosRunOptions extends StageRunOptions {
  readonly size: ChaosSize
}

/** Kills, freezes and attacks each part of a hub of real processes under load, as `runStages` says. */
export async function runChaos(options: ChaosRunOptions): Promise<ChaosSummary> {
  const { seed, size } = options
  await using provider = await startFakeProvider()
  await using stack = await startTortureStack({
    brokers: 2,
    spokes: 2,
    drainBudgetMs: 2000,
    sections: {
      outbound: { allow: ['127.0.0.0/8', '::1'] },
      inference: {
        firstByteTimeoutMs: 3000,
        streamIdleTimeoutMs: 3000,
        requestTimeoutMs: 6000,
        maxAttempts: 1,
      },
      http: { headersTimeoutMs: HEADERS_TIMEOUT_MS },
    },
  })
  const random = new Random(seed)
  const services = await startServices(stack)
  const parts: ChaosParts = {
    stack,
    services,
    random,
    size,
    headersTimeoutMs: HEADERS_TIMEOUT_MS,
  }
  return await runStages(options, {
    random,
    gateway: stack.gateway.url,
    key: stack.key,
    provider: provider.url,
    startsFiles: stack.startsFiles,
    machines: [
      ...[...Object.values(services), ...stack.brokers].map(({ machine }) => machine),
      ...stack.spokes,
    ],
    stages: STAGES.map(({ name, run }) => ({ name, run: () => run(parts) })),
  })
}

async function startServices(stack: TortureStack): Promise<Record<string, Replica>> {
  const [broker] = stack.brokers
  const started: Record<string, Replica> = { gateway: stack.gateway }
  if (broker !== undefined) started['spoke-broker'] = broker
  await Promise.all(
    SERVICES.filter((name) => name !== 'gateway' && name !== 'spoke-broker').map(async (name) => {
      started[name] = await stack.add(name)
    }),
  )
  return started
}
