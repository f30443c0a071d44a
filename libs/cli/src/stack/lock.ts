import { execFile } from 'node:child_process'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { compact, sleep } from '@alkdev/std'
import type { StackPaths } from './paths.ts'
import type { ProcessState } from './supervised.ts'

const run = promisify(execFile)

export interface StackUrls {
  readonly gateway: string
  readonly spokes: string
  readonly inference: string
  readonly mcp: string
}

/** The state of the running stack for other commands: `.alkhub/stack.json`, mode 0600, without secrets. */
export interface StackState {
  readonly pid: number
  readonly startedAt: string
  readonly services: Readonly<Record<string, { readonly pid: number; readonly url: string }>>
  readonly servers: Readonly<Record<string, number>>
  /** The status of each process and its last end. */
  readonly processes?: Readonly<Record<string, ProcessState>>
  /** Set once everything runs. */
  readonly report?: StackReport
}

/** The output of `alkhub up --json`. */
export interface StackReport {
  readonly urls: StackUrls
  readonly adminKeyFile: string
  readonly spoke: string | null
  readonly firstCall: { readonly operationId: string; readonly durationMs: number } | null
}

/** The state of a running stack, or undefined. A file left by a killed stack is ignored. */
export async function readStack(paths: StackPaths): Promise<StackState | undefined> {
  const state = await readState(paths)
  return state && (await isOurs(state.pid)) ? state : undefined
}

/** A process of a stack whose `up` has ended. */
export interface LeftProcess {
  readonly name: string
  readonly pid: number
}

export interface LeftStack {
  readonly state: StackState
  /** The processes that are alive; each is tied to its `up` and ends within seconds. */
  readonly processes: readonly LeftProcess[]
}

/** A stack whose `up` was killed while processes of it are still alive. */
export async function readLeftStack(paths: StackPaths): Promise<LeftStack | undefined> {
  const state = await readState(paths)
  if (state === undefined || (await isOurs(state.pid))) return undefined
  const named = new Map([
    ...Object.entries(state.services).map(([name, { pid }]) => [name, pid] as const),
    ...Object.entries(state.servers),
    ...Object.entries(state.processes ?? {}).map(([name, { pid }]) => [name, pid] as const),
  ])
  const all = [...named].map(([name, pid]) => ({ name, pid }))
  const alive = await Promise.all(all.map((one) => isLeft(one)))
  const processes = all.filter((_, at) => alive[at])
  return processes.length > 0 ? { state, processes } : undefined
}

/** The last stack of this clone, when its `up` did not stop it: the `up` was killed, or the machine stopped. */
export async function readKilledStack(paths: StackPaths): Promise<StackState | undefined> {
  const state = await readState(paths)
  return state === undefined || (await isOurs(state.pid)) ? undefined : state
}

export interface LockTaken {
  readonly taken: true
  /** The stack that had the lock and was not stopped. */
  readonly killed?: StackState
}

/**
 * Takes the lock of this clone, or returns the state of the stack that holds it. After a `kill -9` it waits (15 s at most)
 * until the processes that the killed one left have stopped.
 */
export async function takeLock(
  paths: StackPaths,
): Promise<LockTaken | { readonly taken: false; readonly state: StackState }> {
  await mkdir(paths.home, { recursive: true })
  const mine: StackState = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    services: {},
    servers: {},
  }
  let killed: StackState | undefined
  for (;;) {
    try {
      const file = await open(paths.lock, 'wx', 0o600)
      await file.writeFile(JSON.stringify(mine))
      await file.close()
      return { taken: true, ...compact({ killed }) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const state = await readState(paths)
    if (state && (await isOurs(state.pid))) return { taken: false, state }
    killed = state
    if (state) await waitForEnd(state, 15_000)
    // Another start may remove the same file: the rename succeeds for one of them.
    const stale = `${paths.lock}.${process.pid}`
    await rename(paths.lock, stale).catch(() => undefined)
    await rm(stale, { force: true })
  }
}

/** Replaces the state in one step, so that readers never see half a file. */
export async function writeState(paths: StackPaths, state: StackState): Promise<void> {
  const next = `${paths.lock}.${process.pid}.new`
  await writeFile(next, JSON.stringify(state, null, 2), { mode: 0o600 })
  await rename(next, paths.lock)
}

export async function releaseLock(paths: StackPaths): Promise<void> {
  const state = await readState(paths)
  if (state?.pid === process.pid) await rm(paths.lock, { force: true })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Waits until every process of a stack has ended, `timeoutMs` at most; true when all have. */
export async function waitForEnd(state: StackState, timeoutMs: number): Promise<boolean> {
  const pids = pidsOf(state)
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline) {
    if (!pids.some(isAlive)) return true
    await sleep(50)
  }
  return false
}

function pidsOf(state: StackState): number[] {
  return [
    state.pid,
    ...Object.values(state.services).map((service) => service.pid),
    ...Object.values(state.servers),
    ...Object.values(state.processes ?? {}).map(({ pid }) => pid),
  ].filter((pid) => pid > 0)
}

async function readState(paths: StackPaths): Promise<StackState | undefined> {
  try {
    return JSON.parse(await readFile(paths.lock, 'utf8')) as StackState
  } catch {
    return undefined
  }
}

/** The command line of `alkhub`, from its sources or its bundle. */
const ALKHUB = /cli\/src\/main\.ts|\.alkhub\/bundles\/\w+\/alkhub\.js/

/** Process ids are reused: the command line shows whether it is still a process of the stack. */
async function isOurs(pid: number): Promise<boolean> {
  return isAlive(pid) && ALKHUB.test(await commandLineOf(pid))
}

/** The text that the command line of each process of the stack contains. */
const COMMANDS: Readonly<Record<string, RegExp>> = {
  postgres: /postgres/,
  redis: /redis|valkey/,
  spoke: ALKHUB,
}

async function isLeft({ name, pid }: LeftProcess): Promise<boolean> {
  if (pid <= 0 || !isAlive(pid)) return false
  const command =
    COMMANDS[name] ??
    new RegExp(`services/${name}/src/main\\.ts|\\.alkhub/bundles/\\w+/${name}\\.js`)
  return command.test(await commandLineOf(pid))
}

/** Empty when the process has ended and its parent has not collected it yet. */
async function commandLineOf(pid: number): Promise<string> {
  return (
    (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)) ??
    (await run('ps', ['-o', 'args=', '-p', String(pid)]).then(
      ({ stdout }) => stdout,
      () => '',
    ))
  )
}
