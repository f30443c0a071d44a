import { DEFAULT_LOAD } from './load.ts'
import type { Load } from './load.ts'

interface Option {
  readonly member: keyof Load
  readonly meaning: string
}

/** The options of `npm run capacity`. */
export const OPTIONS: Readonly<Record<string, Option>> = {
  '--calls': { member: 'calls', meaning: 'interactive calls a second, over HTTP, to spokes' },
  '--spokes': { member: 'spokes', meaning: 'spokes attached at the same time' },
  '--operations': { member: 'operations', meaning: 'operations of a spoke' },
  '--sessions': { member: 'sessions', meaning: 'agent sessions that work at the same time' },
  '--steps-per-minute': {
    member: 'stepsPerMinute',
    meaning: 'steps of a session in a minute, each a model call and a tool call',
  },
  '--streams': { member: 'streams', meaning: 'streams of models that clients read' },
  '--queued': { member: 'queued', meaning: 'queued calls a second' },
  '--mcp-calls': { member: 'mcpCalls', meaning: 'calls of MCP tools a second' },
  '--changes-per-hour': {
    member: 'changesPerHour',
    meaning: 'attachments and losses of each spoke in an hour',
  },
}

const LARGEST = 1e9

/** What the arguments ask for. `faults`: what is wrong with them, and what would fit. */
export interface Asked {
  readonly load: Load
  readonly json: boolean
  readonly help: boolean
  readonly faults: readonly string[]
}

export function readLoad(args: readonly string[]): Asked {
  const load: Record<keyof Load, number> = { ...DEFAULT_LOAD }
  const faults: string[] = []
  let json = false
  let help = false
  for (let at = 0; at < args.length; at++) {
    const [name = '', inline] = (args[at] ?? '').split('=', 2)
    if (name === '--json') json = true
    else if (name === '--help') help = true
    else {
      const option = OPTIONS[name]
      if (option === undefined) {
        faults.push(`${name} is no option. There are: ${Object.keys(OPTIONS).join(', ')}, --json`)
        continue
      }
      const text = inline ?? args[++at]
      const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text)
      if (Number.isFinite(value) && value >= 0 && value <= LARGEST) load[option.member] = value
      else
        faults.push(
          `${name} takes a number from 0 to ${LARGEST.toLocaleString('en')} (${option.meaning}), not ${text ?? 'nothing'}`,
        )
    }
  }
  const { calls, spokes, sessions, streams, queued, mcpCalls } = load
  if (faults.length === 0 && !help && calls + spokes + sessions + streams + queued + mcpCalls === 0)
    faults.push('Name a load: for example --calls 50000 --spokes 100000 --sessions 10000')
  return { load, json, help, faults }
}
