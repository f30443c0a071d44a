import { createAccount, createDrizzleKeyStore } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { attachSpoke, query } from '@alkdev/spoke'
import { must, sleep } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { createKeys } from 'keypal'
import { Random } from '../torture/random.ts'
import { startTortureStack } from '../torture/stack.ts'
import type { Replica } from '../torture/stack.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import { httpEntries } from './http-entries.ts'
import { outsideEntries } from './outside-entries.ts'
import { startOutsideServer } from './outside-server.ts'
import { socketEntries } from './socket-entries.ts'
import { FuzzTally } from './tally.ts'
import type { Outcome } from './tally.ts'

export const ENTRY_POINTS: readonly EntryPoint[] = [
  ...httpEntries,
  ...socketEntries,
  ...outsideEntries,
]

export interface FuzzOptions {
  readonly seed: number
  /** Milliseconds during which inputs are fed. */
  readonly forMs: number
  /** Inputs under way at a time. */
  readonly workers: number
  /** Only this input of this entry point, to repeat a fault. */
  readonly only?: { readonly entry: string; readonly input: number }
  readonly onProgress?: (sentence: string) => void
}

export interface FuzzSummary {
  readonly tally: FuzzTally
  /** Processes that ended, with their last words. */
  readonly ended: readonly string[]
  /** Promises of this process that were rejected without an owner: of the libraries that read outside answers, and of the spoke. */
  readonly ownerless: readonly string[]
}

/** Milliseconds after which an input that has come to nothing is a fault. */
const INPUT_MS = 60_000
const SERVICES = ['coordinator', 'inference-proxy', 'mcp'] as const

/**
 * Feeds a hub of real processes with hostile input at every entry point, by a seed: requests, frames, answers of spokes and of outside servers.
 * Ends early when a process has ended.
 */
export async function runFuzz(options: FuzzOptions): Promise<FuzzSummary> {
  const { seed, workers, onProgress = () => undefined } = options
  await using stack = new AsyncDisposableStack()
  const ownerless: string[] = []
  const onRejection = (reason: unknown): void => {
    ownerless.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason))
  }
  process.on('unhandledRejection', onRejection)
  stack.defer(() => void process.off('unhandledRejection', onRejection))
  const hub = stack.use(
    await startTortureStack({
      brokers: 1,
      spokes: 0,
      drainBudgetMs: 2000,
      sections: { outbound: { allow: ['127.0.0.0/8'] } },
    }),
  )
  const services: Replica[] = [hub.gateway, ...hub.brokers]
  for (const service of SERVICES) services.push(await hub.add(service))
  const key = await adminKey(hub.database)
  const outside = stack.use(await startOutsideServer(new Random(seed)))
  const spoke = stack.use(
    attachSpoke({
      hub: hub.gateway.url,
      key,
      name: 'fuzz-echo',
      spokeType: 'client',
      onLog: () => undefined,
      operations: [
        query(
          {
            id: 'fuzz.echo',
            description: 'Gives back what it is given.',
            input: Type.Unknown(),
            output: Type.Unknown(),
          },
          (input) => input,
        ),
      ],
    }),
  )
  await spoke.attached()
  const target: FuzzTarget = {
    gateway: hub.gateway.url,
    key,
    echoes: ['client.fuzz-echo.fuzz.echo'],
    outside: outside.url,
  }
  await addProvider(target)
  onProgress(`The hub is up; seed ${seed}, ${workers} inputs at a time.`)
  const tally = new FuzzTally()
  const ended: string[] = []
  const until = performance.now() + options.forMs
  const look = (): boolean => {
    for (const { machine } of services)
      if (!machine.running && !ended.some((line) => line.startsWith(`${machine.name}:`)))
        ended.push(`${machine.name}: ${machine.said.slice(-3000)}`)
    return ended.length === 0
  }
  if (options.only !== undefined) {
    const entry = must(ENTRY_POINTS.find(({ name }) => name === options.only?.entry))
    const outcome = await oneInput(entry, target, options.only.input)
    tally.add(entry.name, outcome)
    onProgress(JSON.stringify(outcome))
  } else
    await Promise.all([
      ...Array.from({ length: workers }, async (_, worker) => {
        const random = new Random(seed * 1000 + worker)
        const weighted = ENTRY_POINTS.map((entry) => [entry.weight, entry] as const)
        while (performance.now() < until && ended.length === 0) {
          const entry = random.pick(weighted)
          const input = random.between(0, 2 ** 31)
          const outcome = await oneInput(entry, target, input)
          tally.add(
            entry.name,
            outcome.is === 'fault'
              ? { ...outcome, what: `input ${input}: ${outcome.what}` }
              : outcome,
          )
        }
      }),
      (async () => {
        let told = performance.now()
        while (performance.now() < until && look()) {
          await sleep(200)
          if (performance.now() - told < 15_000) continue
          told = performance.now()
          onProgress(`${tally.inputs} inputs, ${tally.faults.length} faults`)
        }
      })(),
    ])
  // What a last input did shows a moment later.
  await sleep(2000)
  look()
  for (const { machine, url } of services)
    if (machine.running && !(await isReady(url)))
      ended.push(`${machine.name}: alive, but not ready`)
  return { tally, ended, ownerless }
}

async function oneInput(entry: EntryPoint, target: FuzzTarget, input: number): Promise<Outcome> {
  const enough = new AbortController()
  const late = sleep(INPUT_MS, enough.signal).then(
    (): Outcome => ({ is: 'fault', what: `nothing came of it in ${INPUT_MS} ms` }),
    (): Outcome => ({ is: 'ok' }),
  )
  try {
    return await Promise.race([entry.run(target, new Random(input)), late])
  } catch (error) {
    const cause =
      error instanceof Error && error.cause !== undefined ? ` (${String(error.cause)})` : ''
    return { is: 'fault', what: `no answer: ${String(error)}${cause}` }
  } finally {
    enough.abort()
  }
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(10_000) }).catch(
    () => undefined,
  )
  await response?.body?.cancel()
  return response?.ok === true
}

async function adminKey({ db }: Database): Promise<string> {
  const { id: ownerId } = await createAccount(db, {
    email: 'fuzz@example.com',
    accessLevel: 'admin',
  })
  const keys = createKeys({
    prefix: 'alk_',
    storage: createDrizzleKeyStore(db),
    autoTrackUsage: false,
  })
  return (await keys.create({ ownerId, scopes: ['*'], name: 'fuzz' })).key
}

/** The provider `outside` of `/v1`, whose answers the outside server makes. */
async function addProvider({ gateway, key, outside }: FuzzTarget): Promise<void> {
  const response = await fetch(`${gateway}/api/operations/clients.create`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'outside',
      type: 'llm-provider',
      config: { baseUrl: `${outside}/v1`, models: ['m'] },
      secret: 'sk-fuzz-secret-0123456789',
    }),
  })
  if (!response.ok) throw new Error(`clients.create: ${response.status} ${await response.text()}`)
}
