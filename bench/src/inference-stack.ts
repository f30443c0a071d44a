import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KEY_PREFIX } from '@alkdev/service'
import { must } from '@alkdev/std'
import { createClient, createDrizzleKeyStore } from '@alkdev/storage'
import { setBudget } from '@alkdev/storage/inference'
import { bundlesOfRun, startTortureStack } from '@alkdev/test/torture'
import type { Replica, TortureStack } from '@alkdev/test/torture'
import { createKeys } from 'keypal'
import { temporaryFolder } from './temporary-folder.ts'

/** Which limits count the calls of a key. */
type Limits = readonly ('minute' | 'budget')[]

export interface InferenceStack extends AsyncDisposable {
  readonly stack: TortureStack
  readonly proxy: Replica
  /** Keys of one account with more and more limits. */
  readonly keys: Readonly<Record<'free' | 'minute' | 'everything', string>>
}

export interface InferenceStackOptions {
  /** The proxy is a bundle that finds its code compiled, as in each start by `up` but the first. */
  readonly asUp?: boolean
  /** Called before the proxy is started. */
  readonly prepare?: (stack: TortureStack) => Promise<void>
}

/**
 * A hub with an inference proxy, and the providers at these base URLs by their names. Their models have prices.
 */
export async function startInferenceStack(
  providers: Readonly<Record<string, string>>,
  { asUp = false, prepare: before }: InferenceStackOptions = {},
): Promise<InferenceStack> {
  await using all = new AsyncDisposableStack()
  const folder = all.use(await temporaryFolder())
  const pricesFile = join(folder.path, 'prices.json')
  const models = Object.fromEntries(
    Object.keys(providers).map((name) => [`${name}/*`, { input: 2, output: 10 }]),
  )
  await writeFile(pricesFile, JSON.stringify({ version: 'bench', models }))
  const stack = all.use(
    await startTortureStack({
      brokers: 1,
      spokes: 0,
      drainBudgetMs: 1000,
      sections: {
        inference: { pricesFile, maxInFlightPerKey: 1000, maxInFlightPerProvider: 1000 },
        outbound: { allow: ['127.0.0.0/8'] },
      },
    }),
  )
  await before?.(stack)
  const script = asUp ? join(await bundlesOfRun(), 'inference-proxy.js') : undefined
  const env = asUp ? { NODE_COMPILE_CACHE: join(folder.path, 'compiled') } : {}
  if (asUp) await (await stack.add('inference-proxy', script, env)).machine.stop()
  const proxy = await stack.add('inference-proxy', script, env)
  const keys = await prepare(stack, providers)
  const owned = all.move()
  return { stack, proxy, keys, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function prepare(
  { database: { db, sql } }: TortureStack,
  providers: Readonly<Record<string, string>>,
): Promise<InferenceStack['keys']> {
  const [account] = await sql<{ id: string }[]>`select id from accounts limit 1`
  const ownerId = must(account).id
  for (const [name, baseUrl] of Object.entries(providers))
    await createClient(db, { name, type: 'llm-provider', config: { baseUrl }, ownerId }, {})
  await using store = createKeys({ prefix: KEY_PREFIX, storage: createDrizzleKeyStore(db) })
  const keyWith = async (limits: Limits): Promise<string> => {
    const { key, record } = await store.create({ ownerId, scopes: ['inference:use'] })
    for (const limit of limits)
      await setBudget(db, {
        subjectType: 'key',
        subjectId: record.id,
        model: '',
        unit: limit === 'minute' ? 'tokens' : 'cost',
        period: limit === 'minute' ? 'minute' : 'total',
        limitAmount: 1_000_000_000_000,
        maxOutputTokens: null,
        createdBy: ownerId,
      })
    return must(key)
  }
  return {
    free: await keyWith([]),
    minute: await keyWith(['minute']),
    everything: await keyWith(['minute', 'budget']),
  }
}
