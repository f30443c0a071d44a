import { execFileSync } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { devOperations } from '@alkdev/dev-spoke'
import type { DevOperation } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke, query } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import { createAccount, createDrizzleKeyStore } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { Type } from '@alkdev/typebox'
import { createKeys } from 'keypal'
import { startTortureStack } from '../torture/stack.ts'
import type { Replica } from '../torture/stack.ts'
import type { FuzzTarget } from './entry-point.ts'
import { startOutsideServer } from './outside-server.ts'

/** The five services as processes, a spoke that echoes, a provider and an outside server that answer whatever they like. */
export interface FuzzHub extends AsyncDisposable {
  readonly target: FuzzTarget
  /** Processes that ended, with their last words. */
  readonly ended: readonly string[]
  /** Promises of this process (the spoke library, imported servers) that were rejected without an owner. */
  readonly ownerless: readonly string[]
  /** Looks which processes live; true when all do. */
  look(): boolean
  /** As `look` when everything has had time to show, and whether all services are ready. */
  lookAtLast(): Promise<void>
}

const SERVICES = ['coordinator', 'inference-proxy', 'mcp'] as const
/** What an input did to a process shows a moment later. */
const AFTERMATH_MS = 2000

export async function startFuzzHub(seed: number): Promise<FuzzHub> {
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
      sections: { outbound: { allow: ['127.0.0.0/8'] }, mcpNative: { operations: ['*'] } },
    }),
  )
  const services: Replica[] = [hub.gateway, ...hub.brokers]
  for (const service of SERVICES) services.push(await hub.add(service))
  const key = await adminKey(hub.database)
  const outside = stack.use(await startOutsideServer(seed))
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
  await addProviders({ gateway: hub.gateway.url, key, outside: outside.url })
  const target: FuzzTarget = {
    gateway: hub.gateway.url,
    key,
    echoes: ['client.fuzz-echo.fuzz.echo'],
    outside: outside.url,
    scripted: stack.use(await startScriptedModel()).url,
    dev: await startDevOperations(stack),
    ids: await makeThings(hub.gateway.url, key, outside.url),
  }
  const ended: string[] = []
  const look = (): boolean => {
    for (const { machine } of services)
      if (!machine.running && !ended.some((line) => line.startsWith(`${machine.name}:`)))
        ended.push(`${machine.name}: ${machine.said.slice(-3000)}`)
    return ended.length === 0
  }
  const owned = stack.move()
  return {
    target,
    ended,
    ownerless,
    look,
    async lookAtLast() {
      await sleep(AFTERMATH_MS)
      look()
      for (const { machine, url } of services)
        if (machine.running && !(await isReady(url)))
          ended.push(`${machine.name}: alive, but not ready`)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
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
  const account = { email: 'fuzz@example.com', accessLevel: 'admin' } as const
  const { id: ownerId } = await createAccount(db, account)
  const storage = createDrizzleKeyStore(db)
  const keys = createKeys({ prefix: 'alk_', storage, autoTrackUsage: false })
  return (await keys.create({ ownerId, scopes: ['*'], name: 'fuzz' })).key
}

/** The providers of `/v1`, whose answers the outside server makes: `translated` serves one protocol of several. */
async function addProviders({
  gateway,
  key,
  outside,
}: Pick<FuzzTarget, 'gateway' | 'key' | 'outside'>): Promise<void> {
  const config = { baseUrl: `${outside}/v1`, models: ['m'] }
  const providers = {
    outside: { ...config, paths: ['moderations', 'files', 'files/*', 'rerank'] },
    anthropic: { ...config, endpoints: ['messages'] },
    translated: { ...config, endpoints: ['responses'] },
  }
  for (const [name, of] of Object.entries(providers)) {
    const secret = 'sk-fuzz-secret-0123456789'
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await call({ gateway, key }, 'clients.create', {
      name,
      type: 'llm-provider',
      config: of,
      secret,
    })
  }
}

/** A dev spoke's operations on a repository with one commit, which hold no other folder of this machine. */
async function startDevOperations(stack: AsyncDisposableStack): Promise<readonly DevOperation[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'alkhub-fuzz-')))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'a.txt'), 'one\ntwo\n')
  const git = (...args: string[]): unknown => execFileSync('git', args, { cwd: folder })
  git('init', '-q', '-b', 'main')
  git('add', '.')
  git('-c', 'user.email=a@b.c', '-c', 'user.name=a', 'commit', '-qm', 'first')
  return devOperations({ folder, allowShell: false })
}

interface Hub {
  readonly gateway: string
  readonly key: string
}

/** Things for inputs to refer to. */
async function makeThings(
  gateway: string,
  key: string,
  outside: string,
): Promise<ReadonlyMap<string, string>> {
  const make = (id: string, input: object): Promise<Record<string, string>> =>
    call({ gateway, key }, id, input)
  const ids = new Map<string, string>()
  const keep = (made: Record<string, string>, name: string): void => {
    const id = made[name]
    if (id === undefined) throw new Error(`no ${name} in ${JSON.stringify(made)}`)
    ids.set(name, id)
  }
  keep(await make('accounts.create', { email: 'other@example.com', displayName: 'x' }), 'accountId')
  keep(await make('orgs.create', { name: 'fuzz-org', displayName: 'x' }), 'orgId')
  keep(await make('projects.create', { slug: 'fuzz-project', name: 'x' }), 'projectId')
  keep(await make('keys.create', { name: 'spare', scopes: [] }), 'keyId')
  const projectId = ids.get('projectId')
  keep(await make('workspaces.create', { projectId, name: 'x' }), 'workspaceId')
  keep(await make('webhooks.create', { name: 'fuzz-hook', url: `${outside}/hook` }), 'webhookId')
  ids.set('webhook', 'fuzz-hook')
  keep(await make('sessions.create', { model: 'outside/m', title: 'x' }), 'sessionId')
  return ids
}

async function call(
  { gateway, key }: Hub,
  id: string,
  input: object,
): Promise<Record<string, string>> {
  const response = await fetch(`${gateway}/api/operations/${id}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${id}: ${response.status} ${text}`)
  return (JSON.parse(text) as { data: Record<string, string> }).data
}
