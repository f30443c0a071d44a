import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { Server } from 'node:net'
import { OperatorError } from '@alkdev/errors'
import { UsageError } from '../failure.ts'
import { byOwner, holdPort } from './port-owner.mjs'

export const serviceNames = [
  'gateway',
  'spoke-broker',
  'inference-proxy',
  'mcp',
  'coordinator',
] as const
export type LocalService = (typeof serviceNames)[number]

export type ServicePorts = Readonly<Record<LocalService, number>>

/** Port of the gateway without `--port` and without an earlier start of this clone. */
export const DEFAULT_PORT = 3000
/** The highest port that is followed by four others. */
const MAX_FIRST = 65_531
/** Number of blocks of five that are tried when the wanted one is in use. */
const BLOCKS = 50

export interface ChosenPorts {
  readonly ports: ServicePorts
  /** The notice for the user: the wanted port, the process that uses it, and the ports that are used instead. */
  readonly note?: string
  /** Releases the ports, which are reserved until then so that no other start uses them. */
  release(): Promise<void>
  /** Stores the ports for the next start of this clone, unless they only replace stored ones that were in use. */
  remember(): Promise<void>
}

export interface PortChoice {
  /** `--port`. */
  readonly wanted?: number
  readonly host: string
  /** The file that stores the ports of this clone. */
  readonly file: string
}

/**
 * Ports of the five services, consecutive in the order of `serviceNames`: from `wanted` on (one in use is an
 * OperatorError that names its process), else those of the last start of this clone, else from 3000 on, else a block that
 * follows from the path of the clone.
 */
export async function choosePorts({ wanted, host, file }: PortChoice): Promise<ChosenPorts> {
  if (wanted !== undefined && (wanted < 1 || wanted > MAX_FIRST))
    throw new UsageError(
      `--port takes a number from 1 to ${MAX_FIRST}, not ${wanted}.`,
      'The five services take it and the next four.',
    )
  const remembered = wanted === undefined ? await readFirst(file) : undefined
  const first = wanted ?? remembered ?? DEFAULT_PORT
  const held = await holdBlock(first, host)
  if (held.servers !== undefined) return chosen(first, held.servers, file)
  const taken = `Port ${held.taken} on ${host} is taken${byOwner(held.taken)}`
  if (wanted !== undefined)
    throw new OperatorError(
      `${taken}.`,
      'Choose another with --port N (the five services take N to N + 4), or leave --port out.',
    )
  for (let block = 0; block < BLOCKS; block += 1) {
    const other = blockOf(file, block)
    const free = await holdBlock(other, host)
    if (free.servers === undefined) continue
    const why = remembered === undefined ? '' : ', which this clone used last time,'
    const note = `Port ${held.taken}${why} is taken${byOwner(held.taken)}: the services use ${other} to ${other + 4} instead.`
    return {
      ...chosen(other, free.servers, file),
      note,
      ...(remembered !== undefined && { remember: async () => undefined }),
    }
  }
  throw new OperatorError(
    `${taken}, and so are ${BLOCKS} other blocks of five ports.`,
    'Choose the first port with --port N.',
  )
}

function chosen(first: number, servers: readonly Server[], file: string): ChosenPorts {
  const entries = serviceNames.map((name, index) => [name, first + index] as const)
  return {
    ports: Object.fromEntries(entries) as Record<LocalService, number>,
    release: () => closeAll(servers),
    remember: () => writeFile(file, `${JSON.stringify({ first })}\n`, { mode: 0o600 }),
  }
}

/** Reserves all five ports, or none; then returns the first one in use. */
async function holdBlock(
  first: number,
  host: string,
): Promise<
  { readonly servers: readonly Server[] } | { readonly servers?: undefined; readonly taken: number }
> {
  const servers: Server[] = []
  for (let port = first; port < first + serviceNames.length; port += 1) {
    const server = await holdPort(port, host)
    if (server === undefined) {
      await closeAll(servers)
      return { taken: port }
    }
    servers.push(server)
  }
  return { servers }
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve()))),
  )
}

/** Blocks between 10,000 and 30,000, below the ephemeral ports of systems; the same ones for the same clone. */
function blockOf(file: string, at: number): number {
  const hash = createHash('sha256').update(`${file}\0${at}`).digest().readUInt32BE(0)
  return 10_000 + (hash % 2000) * 10
}

async function readFirst(file: string): Promise<number | undefined> {
  try {
    const { first } = JSON.parse(await readFile(file, 'utf8')) as { first?: unknown }
    const fits = Number.isInteger(first) && Number(first) >= 1 && Number(first) <= MAX_FIRST
    return fits ? Number(first) : undefined
  } catch {
    return undefined
  }
}
