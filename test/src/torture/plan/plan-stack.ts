import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startScriptedModel } from '@alkdev/scripted-model'
import { sleep } from '@alkdev/std'
import { makeGitFolder } from '../../git-folder.ts'
import type { GitFolder } from '../../git-folder.ts'
import { call as callOver } from '../../http.ts'
import { commandMain } from '../../programs.ts'
import { Machine } from '../machine.ts'
import { startTortureStack } from '../stack.ts'
import type { Replica, TortureStack } from '../stack.ts'

const PATIENCE_MS = 60_000

/** A hub of real processes with coordinators, an inference proxy and a scripted model `scripted/worker`. */
export interface PlanStack extends AsyncDisposable {
  readonly hub: TortureStack
  readonly coordinators: readonly Replica[]
  readonly proxy: Replica
  /** A temporary folder. */
  readonly home: string
  /** A repository with dev spokes `NAME-0`, `NAME-1`, ..., attached. */
  startPlace(name: string, spokes: number): Promise<Place>
  /** Repeats a call for a minute until it is answered. */
  readonly insist: <T>(operationId: string, input: object) => Promise<T>
}

export interface Place extends AsyncDisposable {
  readonly repository: GitFolder
  readonly names: readonly string[]
  readonly spokes: readonly Machine[]
}

interface PlanStackSize {
  readonly coordinators: number
  /** The script of the model, as YAML. */
  readonly script: string
  /** Further settings of sessions. */
  readonly sessions?: object
}

export async function startPlanStack({
  coordinators,
  script,
  sessions,
}: PlanStackSize): Promise<PlanStack> {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'alkhub-plan-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const scripts = join(home, 'scripts')
  await mkdir(scripts)
  await writeFile(join(scripts, 'worker.yaml'), script)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  const hub = stack.use(
    await startTortureStack({
      brokers: 2,
      spokes: 1,
      spokeScript: join(import.meta.dirname, '../queue/queue-spoke-process.ts'),
      drainBudgetMs: 5000,
      sections: {
        outbound: { allow: ['127.0.0.0/8', '::1'] },
        sessions: { maxChildren: 64, maxChildrenPerMinute: 1000, inventoryMs: 5000, ...sessions },
      },
    }),
  )
  const [proxy, ...added] = await Promise.all([
    hub.add('inference-proxy'),
    ...Array.from({ length: coordinators }, () => hub.add('coordinator')),
  ])
  const provider = { name: 'scripted', type: 'llm-provider', config: { baseUrl: models.url } }
  await insist(hub, 'clients.create', { ...provider, secret: 'secret-of-no-one' })
  const owned = stack.move()
  return {
    hub,
    coordinators: added,
    proxy,
    home,
    startPlace: (name, spokes) => startPlace(hub, home, name, spokes),
    insist: <T>(operationId: string, input: object) =>
      insist(hub, operationId, input) as Promise<T>,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The first spoke serves the repository, the others worktrees of it. */
async function startPlace(
  hub: TortureStack,
  home: string,
  name: string,
  count: number,
): Promise<Place> {
  await using stack = new AsyncDisposableStack()
  const repository = stack.use(makeGitFolder())
  const names = Array.from({ length: count }, (_, at) => `${name}-${at}`)
  const spokes = names.map((spoke, at) => {
    const folder = at === 0 ? repository.folder : join(home, spoke)
    if (at > 0) repository.git('worktree', 'add', '-q', '-b', `home-${spoke}`, folder)
    const machine = new Machine({
      name: spoke,
      args: [
        commandMain(),
        'spoke',
        '--dir',
        folder,
        '--name',
        spoke,
        '--hub',
        hub.gateway.url,
      ].concat(['--key-file', hub.keyFile, '--allow-shell']),
      cwd: home,
      env: { XDG_STATE_HOME: home },
    })
    stack.use(machine)
    machine.start()
    return machine
  })
  for (const spoke of names)
    // oxlint-disable-next-line no-await-in-loop -- until each is attached
    await insist(hub, `dev.${spoke}.git.repository`, {})
  const owned = stack.move()
  return { repository, names, spokes, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function insist(hub: TortureStack, operationId: string, input: object): Promise<unknown> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    // oxlint-disable no-await-in-loop -- until it is answered
    const answer = await callOver(
      { gateway: hub.gateway.url },
      { key: hub.key },
      operationId,
      input,
    ).catch((error: unknown) => ({ status: 0, body: { data: undefined, error: String(error) } }))
    if (answer.status === 200) return answer.body.data
    if (Date.now() > end) throw new Error(`${operationId}: ${JSON.stringify(answer.body)}`)
    await sleep(250)
    // oxlint-enable no-await-in-loop
  }
}
