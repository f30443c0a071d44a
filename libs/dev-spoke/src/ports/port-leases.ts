import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { CodedError } from '@alkdev/errors'
import type { GitPlace } from '../git/find-repository.ts'
import { LeaseFile } from './lease-file.ts'
import type { StoredLease } from './lease-file.ts'

/** Above the ports that `alkhub up` chooses, and below those that Linux gives to outgoing connections (from 32768). */
const FIRST_PORT = 28_000
const END_PORT = 32_760
/** Ports of one worktree. */
const PORTS = 10
const BLOCKS = (END_PORT - FIRST_PORT) / PORTS

/** The ports of a worktree, both included. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/**
 * The ports that each worktree has for itself: ten in a row, given when they are first asked for, and the same ones as long as the
 * worktree exists. All spokes of a user share them through one folder, and no two worktrees there have a port in common.
 */
export class PortLeases {
  readonly #file: LeaseFile

  constructor(folder: string) {
    this.#file = new LeaseFile(folder)
  }

  /**
   * The ports of a worktree. New ones are ports on which nothing listens. Leases of worktrees that are gone are taken back. Throws CodedError
   * OVERLOADED when there is no block of free ports, and as LeaseFile.
   */
  async of({ gitDir, workTree }: GitPlace, signal: AbortSignal | undefined): Promise<PortRange> {
    const known = find(await this.#file.read(), gitDir)
    if (known?.workTree === workTree) return rangeOf(known)
    let first = 0
    await this.#file.change(async (leases) => {
      const others = (await whereLive(leases)).filter((lease) => lease.gitDir !== gitDir)
      first = find(leases, gitDir)?.first ?? (await freeBlock(gitDir, others, signal))
      return [...others, { first, gitDir, workTree }]
    }, signal)
    return rangeOf({ first })
  }

  /** The ports by the folder of the worktree. */
  async byWorkTree(): Promise<ReadonlyMap<string, PortRange>> {
    const leases = await this.#file.read()
    return new Map(leases.map((lease) => [lease.workTree, rangeOf(lease)]))
  }

  /** Takes back the ports of a worktree that was removed. */
  async release(gitDir: string, signal: AbortSignal | undefined): Promise<void> {
    if (find(await this.#file.read(), gitDir) === undefined) return
    await this.#file.change(
      async (leases) => leases.filter((lease) => lease.gitDir !== gitDir),
      signal,
    )
  }
}

function find(leases: readonly StoredLease[], gitDir: string): StoredLease | undefined {
  return leases.find((lease) => lease.gitDir === gitDir)
}

const rangeOf = ({ first }: Pick<StoredLease, 'first'>): PortRange => ({
  first,
  last: first + PORTS - 1,
})

/** Without the leases of worktrees that were removed in another way than with `git.worktreeRemove`. */
async function whereLive(leases: readonly StoredLease[]): Promise<StoredLease[]> {
  const live = await Promise.all(
    leases.map(async ({ gitDir }) => {
      const gone = await stat(gitDir).then(
        () => false,
        (error: NodeJS.ErrnoException) => error.code === 'ENOENT' || error.code === 'ENOTDIR',
      )
      return !gone
    }),
  )
  return leases.filter((_, at) => live[at])
}

/** From a block that follows from the worktree on, so that worktrees of several users seldom meet, the first free one. */
async function freeBlock(
  gitDir: string,
  leases: readonly StoredLease[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const given = new Set(leases.map(({ first }) => first))
  const start = createHash('sha256').update(gitDir).digest().readUInt32BE(0) % BLOCKS
  for (let at = 0; at < BLOCKS; at += 1) {
    signal?.throwIfAborted()
    const first = FIRST_PORT + ((start + at) % BLOCKS) * PORTS
    // oxlint-disable-next-line no-await-in-loop -- mostly the first
    if (!given.has(first) && (await isBlockFree(first))) return first
  }
  throw new CodedError(
    'OVERLOADED',
    `The ports from ${FIRST_PORT} to ${END_PORT - 1} are given to ${given.size} worktrees or in use. Remove worktrees that are not needed.`,
  )
}

async function isBlockFree(first: number): Promise<boolean> {
  const ports = Array.from({ length: PORTS }, (_, at) => first + at)
  const taken = await Promise.all(ports.map((port) => isListenedOn(port)))
  return !taken.includes(true)
}

/** True when a process listens on the port on any address. */
async function isListenedOn(port: number): Promise<boolean> {
  // One after the other: the second address may include the first.
  return (await isTaken(port, '0.0.0.0')) || isTaken(port, '::')
}

function isTaken(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    // Any other error, such as of a machine without IPv6, says nothing of the port.
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE'))
    server.listen({ port, host, exclusive: true, ipv6Only: true }, () =>
      server.close(() => resolve(false)),
    )
  })
}
