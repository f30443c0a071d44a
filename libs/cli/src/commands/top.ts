import type { CallsActivityOutput } from '@alkdev/contracts'
import { sleep } from '@alkdev/std'
import type { Command } from '../command.ts'
import { HubProblemError, UsageError } from '../failure.ts'
import { flagsOf, inputOf } from '../hub/operation-command.ts'
import { HubClient } from '../hub/hub-client.ts'
import { namesOf, SPOKE_KINDS } from '../hub/names.ts'
import type { NameOf } from '../hub/names.ts'
import { PASSING_ERRORS } from '../hub/passing-errors.ts'
import { print } from '../hub/print.ts'
import { plainScreen, terminalScreen } from '../hub/screen.ts'
import type { Screen } from '../hub/screen.ts'
import { filterFlags } from './calls/filter-flags.ts'
import { topLines } from './top/top-text.ts'
import { safeJson } from '../say.ts'

const DEFAULT_EVERY_SECONDS = 2
const MAX_EVERY_SECONDS = 3600
/** Names of spokes are read again after this many screens. */
const NAMES_EVERY = 30

const { account, org, all, op, spoke } = filterFlags

const options = {
  operationId: 'calls.activity',
  usage: '[options]',
  summary:
    'Shows what is called now, until Ctrl-C: calls per second, durations and errors by operation and by spoke, and the queue. Your own calls, or those that the options name.',
  inputs: {
    account,
    org,
    all,
    op,
    spoke,
    window: {
      type: 'string',
      value: 'SECONDS',
      member: 'windowSeconds',
      read: (text: string): number => secondsOf('window', text, 5, 300),
      summary: 'Seconds that the numbers cover (5 to 300, default 60).',
    },
  },
} as const

function secondsOf(flag: string, text: string, least: number, most: number): number {
  const seconds = Number(text)
  if (/^\d+$/.test(text) && seconds >= least && seconds <= most) return seconds
  throw new UsageError(
    `--${flag} takes ${least} to ${most} seconds, not \`${text}\`.`,
    'Write a whole number.',
  )
}

export const top: Command = {
  usage: options.usage,
  summary: options.summary,
  flags: {
    ...flagsOf(options),
    every: {
      type: 'string',
      value: 'SECONDS',
      summary: `Seconds between two screens (default ${DEFAULT_EVERY_SECONDS}).`,
    },
    once: { type: 'boolean', summary: 'Print the numbers once, for scripts.' },
  },
  async run(args, io) {
    const every = args.text('every')
    const seconds =
      every === undefined ? DEFAULT_EVERY_SECONDS : secondsOf('every', every, 1, MAX_EVERY_SECONDS)
    const hub = await HubClient.from(args, io)
    const input = await inputOf(options, hub, args, io)
    const json = args.flag('json')
    const read = () => hub.call<CallsActivityOutput>(options.operationId, input)
    if (args.flag('once')) {
      const activity = await read()
      const nameOf: NameOf = json ? (id) => id : await namesOf(hub, SPOKE_KINDS)
      print(io, json, activity, () => topLines(activity, nameOf).join('\n'))
      return 0
    }
    const screen = !json && io.stdout.isTTY ? terminalScreen(io) : plainScreen(io)
    try {
      let nameOf: NameOf = (id) => id
      for (let shown = 0; !io.signal.aborted; shown += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one screen after the other
        if (!json && shown % NAMES_EVERY === 0) nameOf = await namesOf(hub, SPOKE_KINDS)
        // oxlint-disable-next-line no-await-in-loop
        await show(read, screen, json ? undefined : nameOf)
        // oxlint-disable-next-line no-await-in-loop
        await sleep(seconds * 1000, io.signal)
      }
    } catch (error) {
      if (!io.signal.aborted) throw error
    } finally {
      screen.end()
    }
    return 0
  },
}

/** Shows one moment. An error that may pass, such as a hub that restarts, is shown in its place. */
async function show(
  read: () => Promise<CallsActivityOutput>,
  screen: Screen,
  nameOf: NameOf | undefined,
): Promise<void> {
  try {
    const activity = await read()
    screen.show(
      nameOf === undefined ? [safeJson(activity)] : topLines(activity, nameOf, screen.size),
    )
  } catch (error) {
    if (!(error instanceof HubProblemError) || !PASSING_ERRORS.has(error.code)) throw error
    if (nameOf !== undefined) screen.show([error.message])
  }
}
