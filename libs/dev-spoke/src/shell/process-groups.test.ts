import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { isolatedDevOperations } from '../isolated-dev-operations.ts'
import { makeRepository } from '../testing/make-repository.ts'
import type { Served } from '../testing/make-repository.ts'

let served: Served
beforeAll(async () => {
  served = await makeRepository()
})
afterAll(() => served[Symbol.dispose]())

const as = (sessionId: string | undefined, id = 'account') => ({
  identity: { id, scopes: [], ...(sessionId !== undefined && { sessionId }) },
})

/** True while a process runs; a zombie has ended. */
function runs(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !/\) [ZX] /.test(stat)
  } catch {
    return false
  }
}
const gone = (pid: number) => vi.waitFor(() => expect(runs(pid)).toBe(false), 5000)

/** Starts a command that prints a process id first, and stays in the call. */
async function start(command: string, context = as('s')) {
  const items = served.items('shell.run', { command }, context)
  const { value } = await items.next()
  return { items, pid: Number((value as { data: string }).data) }
}

interface Listed {
  readonly groups: readonly {
    readonly id: string
    readonly session: string | null
    readonly processes: readonly { readonly pid: number; readonly command: string }[]
  }[]
}

test('the processes of a session are listed for it, and for the account without a session', async () => {
  const one = await start('echo $$; exec sleep 300', as('one'))
  const two = await start('echo $$; exec sleep 300', as('two'))
  const list = async (context: object, input: object = {}) =>
    (await served.call('process.list', input, context)) as Listed
  expect((await list(as('one'))).groups).toMatchObject([
    { session: 'one', processes: [{ pid: one.pid, command: 'sleep 300' }] },
  ])
  expect((await list(as(undefined))).groups).toHaveLength(2)
  expect((await list(as(undefined), { session: 'two' })).groups).toHaveLength(1)
  expect((await list(as(undefined, 'other'))).groups).toEqual([])
  const other = served.call('process.kill', { session: 'two' }, as('one'))
  await expect(other).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
  expect(await served.call('process.kill', {}, as('one'))).toEqual({ ended: 1, remaining: 0 })
  expect([runs(one.pid), runs(two.pid)]).toEqual([false, true])
  expect(await served.call('process.kill', { session: 'two' }, as(undefined))).toEqual({
    ended: 1,
    remaining: 0,
  })
  for (const { items } of [one, two]) await items.return(undefined)
}, 30_000)

test('a process that ignores TERM, and one that left its process group, end with the session', async () => {
  const stubborn = await start('trap "" TERM; echo $$; while :; do sleep 1; done')
  const left = await start('setsid sh -c "echo \\$\\$; exec sleep 300" & wait')
  expect(await served.call('process.kill', {}, as('s'))).toEqual({ ended: 2, remaining: 0 })
  expect([runs(stubborn.pid), runs(left.pid)]).toEqual([false, false])
  for (const { items } of [stubborn, left]) await items.return(undefined)
}, 30_000)

test('an aborted call leaves no process, also none that left its process group', async () => {
  const controller = new AbortController()
  const context = { ...as('s'), signal: controller.signal }
  const { items, pid } = await start('setsid sh -c "echo \\$\\$; exec sleep 300" & wait', context)
  controller.abort(new Error('enough'))
  await expect(items.next()).rejects.toThrow('enough')
  await gone(pid)
}, 30_000)

test('the end of the shell by KILL leaves no process', async () => {
  const { items, pid } = await start('sleep 300 & echo $!; wait', as('killed'))
  const { groups } = (await served.call('process.list', {}, as('killed'))) as Listed
  const shell = groups[0]?.processes.find(({ pid: id }) => id !== pid)
  if (shell === undefined) throw new Error('The shell is not listed.')
  process.kill(shell.pid, 'SIGKILL')
  expect((await items.next()).value).toMatchObject({ signal: 'SIGKILL' })
  await items.return(undefined)
  await gone(pid)
}, 30_000)

test('the processes end when the operations are disposed of, also those that left their group', async () => {
  const isolated = await isolatedDevOperations({ folder: served.folder, allowShell: true })
  const run = isolated.operations.find(({ name }) => name === 'run')
  const handler = run?.handler as (input: object, context: object) => AsyncGenerator
  const items = handler({ command: 'setsid sh -c "echo \\$\\$; exec sleep 300" & wait' }, as('s'))
  const pid = Number(((await items.next()).value as { data: string }).data)
  expect(runs(pid)).toBe(true)
  await isolated[Symbol.asyncDispose]()
  await gone(pid)
  await expect(items.next()).rejects.toMatchObject({ details: { reason: 'closed' } })
}, 30_000)

test('the processes end when the spoke is killed', async () => {
  const script = `
    import { devOperations } from ${JSON.stringify(new URL('../dev-operations.ts', import.meta.url).href)}
    const list = await devOperations({ folder: ${JSON.stringify(join(served.folder))}, allowShell: true })
    const run = list.find((op) => op.name === 'run')
    for await (const { data } of run.handler({ command: 'trap "" TERM; echo $$; while :; do sleep 1; done' }, {})) console.log(data)`
  const spoke = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [chunk] = (await once(spoke.stdout, 'data')) as [Buffer]
  const pid = Number(chunk.toString())
  expect(runs(pid)).toBe(true)
  const exited = once(spoke, 'exit')
  spoke.kill('SIGKILL')
  await exited
  await gone(pid)
}, 30_000)
