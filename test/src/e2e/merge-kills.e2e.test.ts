import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CoordMerge, Session } from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { attachSpoke } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeGitFolder } from '../git-folder.ts'
import type { GitFolder } from '../git-folder.ts'
import { call as callOver } from '../http.ts'
import { startTortureStack } from '../torture/stack.ts'
import type { Replica, TortureStack } from '../torture/stack.ts'

/** The operations of a merge, in their order; each is interrupted before it does anything, and after it is done and not yet answered. */
const STEPS = ['git.checkpoint', 'git.rebase', 'shell.run', 'git.fastForward'] as const
const POINTS = STEPS.flatMap((step) => [`before ${step}`, `after ${step}`])

const disposables = new AsyncDisposableStack()
let stack: TortureStack
let repository: GitFolder
let owner: Replica
let spoke: Spoke
let projectId: string
/** The next time that this point is reached, it is interrupted. */
let armed: { readonly point: string; readonly interrupt: () => Promise<void> } | undefined

async function ok<T = Record<string, unknown>>(operationId: string, input: object): Promise<T> {
  return vi.waitFor(
    async () => {
      const over = { gateway: stack.gateway.url }
      const { status, body } = await callOver(over, { key: stack.key }, operationId, input)
      expect([operationId, status, JSON.stringify(body).slice(0, 300)]).toEqual([
        operationId,
        200,
        expect.anything(),
      ])
      return body.data as T
    },
    { timeout: 60_000, interval: 200 },
  )
}

async function reach(point: string): Promise<void> {
  if (armed?.point !== point) return
  const { interrupt } = armed
  armed = undefined
  await interrupt()
}

type Handler = (input: unknown, context: OperationContext) => unknown

/** The operation, which reports when it begins and when it has ended. */
function watched(operation: IOperationDefinition): IOperationDefinition {
  const name = `${operation.namespace}.${operation.name}`
  const handler = operation.handler as Handler
  if (operation.type === 'subscription')
    return {
      ...operation,
      async *handler(input: unknown, context: OperationContext) {
        await reach(`before ${name}`)
        yield* handler(input, context) as AsyncGenerator
        await reach(`after ${name}`)
      },
    }
  return {
    ...operation,
    handler: async (input: unknown, context: OperationContext) => {
      await reach(`before ${name}`)
      const answer = await handler(input, context)
      await reach(`after ${name}`)
      return answer
    },
  }
}

async function attach(): Promise<void> {
  const operations = await devOperations({ folder: repository.folder, allowShell: true })
  spoke = attachSpoke({
    hub: stack.brokers[0]?.url ?? '',
    key: stack.key,
    name: 'desk',
    spokeType: 'dev-env',
    operations: operations.map(watched),
  })
  await spoke.attached()
}

beforeAll(async () => {
  repository = disposables.use(makeGitFolder())
  stack = disposables.use(await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 4000 }))
  owner = await stack.add('coordinator')
  await attach()
  await ok('dev.desk.git.fastForward', { branch: 'goal', to: 'main' })
  projectId = (await ok<Session>('sessions.create', { mode: 'external', title: 'x' })).projectId
}, 180_000)
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await disposables.disposeAsync()
})

/** A session of a person in a worktree with one commit. */
async function work(name: string): Promise<string> {
  await ok('dev.desk.git.worktreeCreate', { name, base: 'main' })
  writeFileSync(join(repository.folder, '.worktrees', name, `${name}.txt`), `${name}\n`)
  await ok('dev.desk.git.commit', { worktree: name, message: name })
  const place = { spoke: 'desk', worktree: name, branch: name }
  const { workspaceId } = await ok<{ workspaceId: string }>('workspaces.create', {
    ...{ projectId, name },
    ...place,
  })
  const input = { mode: 'external', title: name, workspaceId }
  return (await ok<Session>('sessions.create', input)).sessionId
}

async function mergeWith(name: string, point: string, interrupt: () => Promise<void>) {
  const sessionId = await work(name)
  let isReached = false
  armed = {
    point,
    async interrupt() {
      isReached = true
      await interrupt()
    },
  }
  const checks = [{ name: 'there', command: `test -f ${name}.txt` }]
  await ok('coord.merge', { sessionId, target: 'goal', checks, waitMs: 0 })
  await vi.waitFor(
    async () => {
      const { merges } = await ok<{ merges: CoordMerge[] }>('coord.merges', { sessionId })
      expect(merges.map(({ status, error }) => [status, error])).toEqual([['merged', undefined]])
    },
    { timeout: 90_000, interval: 250 },
  )
  expect([point, isReached]).toEqual([point, true])
}

const nameOf = (kind: string, at: number) => `${kind}${at}`

/** The suite takes every third point of each kind, beginning with another one: a point takes half a minute. */
const pointsOf = (kind: 'c' | 's') =>
  [...POINTS.entries()].filter(([at]) => at % 3 === (kind === 'c' ? 0 : 1))

test('R22: coordinators that are killed between steps of a merge lose nothing, and repeat nothing that can be seen', async () => {
  for (const [at, point] of pointsOf('c')) {
    const next = await stack.add('coordinator')
    await mergeWith(nameOf('c', at), point, async () => {
      await owner.machine.kill()
      owner = next
    })
  }
  expect(merged('c')).toEqual(whole('c'))
}, 1_200_000)

test('R22: a spoke that is gone between steps of a merge loses nothing', async () => {
  for (const [at, point] of pointsOf('s'))
    await mergeWith(nameOf('s', at), point, async () => {
      void spoke[Symbol.asyncDispose]()
      setTimeout(() => void attach(), 100)
      // Its answer never comes.
      await new Promise(() => undefined)
    })
  expect(merged('s')).toEqual(whole('s'))
}, 1_200_000)

/** Each commit is there once, and the target is one line of commits. */
function merged(kind: 'c' | 's') {
  const subjects = repository.subjects('goal').filter((subject) => subject.startsWith(kind))
  return {
    subjects: subjects.toReversed(),
    merges: repository.git('rev-list', '--merges', 'goal'),
    files: pointsOf(kind).map(([at]) => repository.file('goal', `${nameOf(kind, at)}.txt`)),
  }
}

function whole(kind: 'c' | 's') {
  const names = pointsOf(kind).map(([at]) => nameOf(kind, at))
  return { subjects: names, merges: '', files: names }
}
