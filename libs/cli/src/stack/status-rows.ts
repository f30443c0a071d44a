import type { StackState } from './lock.ts'
import type { ProcessState } from './supervised.ts'

export interface StatusEntry {
  readonly name: string
  /** Null while it does not run: a signal to process 0 goes to the process group of its sender. */
  readonly pid: number | null
  readonly ready: boolean
  readonly url?: string
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

/** One row for each process: its name, its state, its process id and its URL. The last ones are those that have no state of their own, as the dev spoke. */
export function statusRows({ services, servers, processes }: StatusEntries): string[][] {
  const known = [...services, ...servers] as readonly StatusEntry[]
  const names = new Set(known.map(({ name }) => name))
  return [
    ...known.map(({ name, ready, pid, url }) => [
      name,
      ready ? 'ready' : 'not ready',
      pid === null ? '' : String(pid),
      url ?? '',
    ]),
    ...Object.entries(processes)
      .filter(([name]) => !names.has(name))
      .map(([name, { state, pid }]) => [name, state, pid === null ? '' : String(pid), '']),
  ]
}

function pidOf(pid: number): number | null {
  return pid > 0 ? pid : null
}
