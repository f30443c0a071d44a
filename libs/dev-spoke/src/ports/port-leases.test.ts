import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { must } from '@alkdev/std'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devOperations } from '../dev-operations.ts'
import { isolatedDevOperations } from '../isolated-dev-operations.ts'
import { makeRepository } from '../testing/make-repository.ts'
import type { Served } from '../testing/make-repository.ts'
import { PortLeases } from './port-leases.ts'
import { stateFolder } from './state-folder.ts'
import type { PortRange } from './port-leases.ts'

let folder: string
let state: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dev-spoke-ports-')))
  state = join(folder, 'state')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const file = () => join(state, 'port-leases.json')
const stored = () =>
  (JSON.parse(readFileSync(file(), 'utf8')) as { leases: { first: number; gitDir: string }[] })
    .leases

/** A worktree as far as its ports go. */
function place(name: string) {
  const gitDir = join(folder, name)
  mkdirSync(gitDir, { recursive: true })
  return { gitDir, commonDir: folder, workTree: join(folder, 'trees', name) }
}

async function output(served: Served, command: string, worktree?: string): Promise<string> {
  let text = ''
  const input = { command, ...(worktree !== undefined && { worktree }) }
  for await (const item of served.items('shell.run', input))
    if (typeof item['data'] === 'string') text += item['data']
  return text
}
const SHOW = 'echo "$PORT $ALKHUB_PORTS"'

interface Listed {
  readonly worktrees: readonly { readonly name: string; readonly ports?: PortRange }[]
}
const listed = async (served: Served) =>
  ((await served.call('git.worktreeList', {})) as Listed).worktrees.map(({ name, ports }) => ({
    name,
    ports,
  }))

test('R25: a worktree gets ports with its first command, keeps them when the spoke starts again, and gives them back', async () => {
  using served = await makeRepository(state)
  for (const name of ['one', 'two']) await served.call('git.worktreeCreate', { name })
  expect(await listed(served)).toEqual([{ name: 'one' }, { name: 'two' }])
  expect(await output(served, SHOW)).toBe(' \n')
  const one = await output(served, SHOW, 'one')
  const [, first, last] = must(/^(\d+) \1-(\d+)\n$/.exec(one)).map(Number)
  expect(last).toBe(must(first) + 9)
  expect(await listed(served)).toEqual([{ name: 'one', ports: { first, last } }, { name: 'two' }])
  const two = await output(served, SHOW, 'two')
  expect(two).not.toBe(one)

  const again = await devOperations({
    folder: served.folder,
    allowShell: true,
    stateFolder: state,
  })
  expect(await output(served, SHOW, 'one')).toBe(one)
  const run = again.find(({ name }) => name === 'run')
  const handler = run?.handler as (input: object, context: object) => AsyncGenerator
  expect((await handler({ command: SHOW, worktree: 'one' }, {}).next()).value).toEqual({
    stream: 'stdout',
    data: one,
  })

  await served.call('git.worktreeRemove', { name: 'one' })
  expect(stored().map(({ gitDir }) => gitDir)).toEqual([join(served.folder, '.git/worktrees/two')])
})

test('operations in a thread, which has no environment, keep the leases in the folder of the user all the same', async () => {
  using served = await makeRepository(state)
  await served.call('git.worktreeCreate', { name: 'side' })
  await using isolated = await isolatedDevOperations({ folder: served.folder, allowShell: true })
  const run = isolated.operations.find(({ name }) => name === 'run')
  const handler = run?.handler as (input: object, context: object) => AsyncGenerator
  const items = handler({ command: SHOW, worktree: 'side' }, {})
  const { value } = await items.next()
  await items.return(undefined)
  const { first, last } = must(
    (await new PortLeases(stateFolder()).byWorkTree()).get(join(served.folder, '.worktrees/side')),
  )
  expect(value).toEqual({ stream: 'stdout', data: `${first} ${first}-${last}\n` })
})

test('R25: worktrees that ask at the same time in several processes have no port in common', async () => {
  const names = Array.from({ length: 4 }, (_, at) => `p${at}`)
  const script = `
    import { PortLeases } from ${JSON.stringify(new URL('port-leases.ts', import.meta.url).href)}
    const leases = new PortLeases(${JSON.stringify(state)})
    const ranges = JSON.parse(process.argv[1]).map((place) => leases.of(place))
    console.log(JSON.stringify(await Promise.all(ranges)))`
  const ranges = await Promise.all(
    names.map(async (name) => {
      const places = [0, 1, 2, 3].map((at) => place(`${name}-${at}`))
      const args = ['--input-type=module', '-e', script, JSON.stringify(places)]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
      const [code] = (await once(child, 'close')) as [number]
      expect(code).toBe(0)
      return JSON.parse(text) as PortRange[]
    }),
  )
  const all = ranges.flat().toSorted((a, b) => a.first - b.first)
  expect(all).toHaveLength(16)
  for (const [at, { first }] of all.entries()) expect(first).toBeGreaterThan(all[at - 1]?.last ?? 0)
  expect(stored()).toHaveLength(16)
})

test('a block is passed over while a process listens on one of its ports', async () => {
  const leases = new PortLeases(state)
  const one = place('one')
  const before = await leases.of(one, undefined)
  await leases.release(one.gitDir, undefined)
  const server = createServer().listen(before.first + 3, '127.0.0.1')
  await once(server, 'listening')
  const now = await leases.of(one, undefined)
  server.close()
  expect(now.first).not.toBe(before.first)
  // Its own servers listen there later.
  expect(await leases.of(one, undefined)).toEqual(now)
})

test('the ports of a worktree that was removed by other means are taken back, those of one that moved are not', async () => {
  const leases = new PortLeases(state)
  const [gone, moved] = [place('gone'), place('moved')]
  await leases.of(gone, undefined)
  const ports = await leases.of(moved, undefined)
  rmSync(gone.gitDir, { recursive: true })
  const workTree = join(folder, 'elsewhere')
  expect(await leases.of({ ...moved, workTree }, undefined)).toEqual(ports)
  expect(await leases.byWorkTree()).toEqual(new Map([[workTree, ports]]))
})

test.each([
  ['are given to 476 worktrees', (gitDir: string) => everyBlock(gitDir)],
  ['does not hold leases of ports', () => '{"leases": ['],
])('a command runs without ports and says why: %s', async (why, content) => {
  using served = await makeRepository(state)
  await served.call('git.worktreeCreate', { name: 'side' })
  mkdirSync(state)
  writeFileSync(file(), content(folder))
  const text = await output(served, SHOW, 'side')
  expect(text).toMatch(/^alkhub: This worktree has no ports of its own: .*\n \n$/)
  expect(text).toContain(why)
  expect(await listed(served)).toEqual([{ name: 'side' }])
})

function everyBlock(gitDir: string): string {
  const leases = Array.from({ length: 476 }, (_, at) => ({
    first: 28_000 + 10 * at,
    gitDir,
    workTree: `${gitDir}/${at}`,
  }))
  return JSON.stringify({ leases })
}
