import type { StackState } from './lock.ts'
import type { ProcessState } from './supervised.ts'

export interface StatusEntry {
  readonly name: string
  /** Null while it does not run: a signal to process 0 goes to the process group of its sender. */
  readonly pid: number | null
  /** Of a service: `/readyz` answers 200. Of a server: its process runs. */
  readonly ready: boolean
}

export interface StatusEntries {
  readonly services: readonly (StatusEntry & { readonly url: string })[]
  readonly servers: readonly StatusEntry[]
  readonly processes: Readonly<
    Record<string, Omit<ProcessState, 'pid'> & { readonly pid: number | null }>
  >
}

/**
 * The processes of a stack as `alkhub status` shows them.
 * @param isReady whether the service at this URL answers `/readyz` with 200
 * @param isAlive whether the process runs
 */
export async function statusEntries(
  state: Pick<StackState, 'services' | 'servers' | 'processes'>,
  isReady: (url: string) => Promise<boolean>,
  isAlive: (pid: number) => boolean,
): Promise<StatusEntries> {
  const services = await Promise.all(
    Object.entries(state.services).map(async ([name, { pid, url }]) => ({
      name,
      pid: pidOf(pid),
      url,
      ready: await isReady(url),
    })),
  )
  const servers = Object.entries(state.servers).map(([name, pid]) => ({
    name,
    pid: pidOf(pid),
    ready: pid > 0 && isAlive(pid),
  }))
  const processes = Object.fromEntries(
    Object.entries(state.processes ?? {}).map(
      ([name, one]) => [name, { ...one, pid: pidOf(one.pid) }] as const,
    ),
  )
  return { services, servers, processes }
}

/**
 * One row for each process: its name, its state, its process id and its URL. A service says itself whether it is ready. Of the others only that they
 * run is known; `alkhub doctor` asks the servers.
 */
export function statusRows({ services, servers, processes }: StatusEntries): string[][] {
  const names = new Set([...services, ...servers].map(({ name }) => name))
  const cell = (pid: number | null): string => (pid === null ? '' : String(pid))
  return [
    ...services.map(({ name, ready, pid, url }) => [
      name,
      ready ? 'ready' : 'not ready',
      cell(pid),
      url,
    ]),
    ...servers.map(({ name, ready, pid }) => [
      name,
      ready ? 'running' : (processes[name]?.state ?? 'ended'),
      cell(pid),
      '',
    ]),
    ...Object.entries(processes)
      .filter(([name]) => !names.has(name))
      .map(([name, { state, pid }]) => [name, state, cell(pid), '']),
  ]
}

function pidOf(pid: number): number | null {
  return pid > 0 ? pid : null
}
