import { must } from '@alkdev/std'
import type { Findings } from '../chaos-run/hostile-clients.ts'
import { runStages } from '../chaos-run/run-stages.ts'
import type { ChaosSummary, StageRunOptions } from '../chaos-run/run-stages.ts'
import { frozenPostgres, killedPooler } from '../chaos.ts'
import { startFakeProvider } from '../../fake-provider.ts'
import { Random } from '../random.ts'
import { startTortureStack } from '../stack.ts'
import type { TortureStack } from '../stack.ts'

export interface PoolerRunOptions extends StageRunOptions {
  /** How long each failure lasts, in milliseconds, from and to. */
  readonly outageMs: readonly [number, number]
}

/** What is done to the servers, and repaired after the time in milliseconds. */
export const POOLER_STAGES: Readonly<
  Record<string, (stack: TortureStack, ms: number) => Promise<void>>
> = {
  'PgBouncer killed': killedPooler,
  'PgBouncer frozen': ({ pooler }, ms) => must(pooler, 'PgBouncer').freeze(ms),
  'primary killed': (stack, ms) => stack.restartPostgres(ms),
  'primary frozen': frozenPostgres,
}
const none: Findings = []

/** Kills and freezes PgBouncer, and the PostgreSQL behind it, below a hub of real processes under load, as `runStages` says. */
export async function runPooler(options: PoolerRunOptions): Promise<ChaosSummary> {
  await using provider = await startFakeProvider()
  await using stack = await startTortureStack({
    brokers: 2,
    spokes: 2,
    drainBudgetMs: 2000,
    pooled: true,
    sections: { outbound: { allow: ['127.0.0.0/8', '::1'] } },
  })
  const others = await Promise.all(
    (['coordinator', 'inference-proxy', 'mcp'] as const).map((name) => stack.add(name)),
  )
  const random = new Random(options.seed)
  return await runStages(options, {
    random,
    gateway: stack.gateway.url,
    key: stack.key,
    provider: provider.url,
    startsFiles: stack.startsFiles,
    machines: [
      ...[stack.gateway, ...stack.brokers, ...others].map(({ machine }) => machine),
      ...stack.spokes,
    ],
    stages: Object.entries(POOLER_STAGES).map(([name, disturb]) => ({
      name,
      async run() {
        await disturb(stack, random.between(...options.outageMs))
        return none
      },
    })),
  })
}
