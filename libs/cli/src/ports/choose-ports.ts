import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import { UsageError } from '../failure.ts'
import { holdPort } from './hold-port.ts'
import type { HeldPort } from './hold-port.ts'

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

/** Holds the ports until it is disposed of, against every other start of a stack on this machine. */
export interface ChosenPorts extends AsyncDisposable {
  readonly ports: ServicePorts
  /** The notice for the user: the wanted port, the process that uses it, and the ports that are used instead. */
  readonly note?: string
  /**
   * Releases the ports for the services that listen next; until then no program can take them. Other starts do not take them before the choice is
   * disposed of, so that this is done when the services listen.
   */
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
  if (held.ports !== undefined) return chosen(first, held.ports, file)
  const taken = `Port ${held.taken} on ${host} is taken${held.by}`
  if (wanted !== undefined)
    throw new OperatorError(
      `${taken}.`,
      'Choose another with --port N (the five services take N to N + 4), or leave --port out.',
    )
  for (let block = 0; block < BLOCKS; block += 1) {
    const other = blockOf(file, block)
    const free = await holdBlock(other, host)
    if (free.ports === undefined) continue
    const why = remembered === undefined ? '' : ', which this clone used last time,'
    const note = `Port ${held.taken}${why} is taken${held.by}: the services use ${other} to ${other + 4} instead.`
    return {
      ...chosen(other, free.ports, file),
      note,
      ...(remembered !== undefined && { remember: async () => undefined }),
    }
  }
  throw new OperatorError(
    `${taken}, and so are ${BLOCKS} other blocks of five ports.`,
    'Choose the first port with --port N.',
  )
}

function chosen(first: number, held: readonly HeldPort[], file: string): ChosenPorts {
  const entries = serviceNames.map((name, index) => [name, first + index] as const)
  return {
    ports: Object.fromEntries(entries) as Record<LocalService, number>,
    release: () => each(held, (port) => port.release()),
    [Symbol.asyncDispose]: () => each(held, (port) => port[Symbol.asyncDispose]()),
    remember: () => writeFile(file, `${JSON.stringify({ first })}\n`, { mode: 0o600 }),
  }
}

type HeldBlock =
  | { readonly ports: readonly HeldPort[] }
  | { readonly ports?: undefined; readonly taken: number; readonly by: string }

/** Reserves all five ports, or none; then returns the first one in use, and by whom. */
async function holdBlock(first: number, host: string): Promise<HeldBlock> {
  const ports: HeldPort[] = []
  for (let port = first; port < first + serviceNames.length; port += 1) {
    const held = await holdPort(port, host)
    if (typeof held === 'string') {
      await each(ports, (one) => one[Symbol.asyncDispose]())
      return { taken: port, by: held }
    }
    ports.push(held)
  }
  return { ports }
}

async function each<T>(items: readonly T[], act: (item: T) => PromiseLike<void>): Promise<void> {
  await Promise.all(items.map(act))
}

/** Blocks between 10,000 and 28,000, below the ports of worktrees and of outgoing connections; the same ones for the same clone. */
function blockOf(file: string, at: number): number {
  const hash = createHash('sha256').update(`${file}\0${at}`).digest().readUInt32BE(0)
  return 10_000 + (hash % 1800) * 10
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
