import type { CallsAbortManyOutput, CallsQueuedInput, QueuedCallItem } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Command, Io } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { flagsOf, inputOf } from '../../hub/operation-command.ts'
import { print } from '../../hub/print.ts'
import { say } from '../../say.ts'
import { abortCommand } from '../calls/abort.ts'
import { resolveQueuedCallId } from '../calls/call-id-of.ts'
import { queueFilters, refuseFilters } from './filter-flags.ts'

const PAGE = 200
/** Calls of one command. */
const MAX_CALLS = 10_000
/** Calls of one request. */
const AT_ONCE = 500

const one = abortCommand({
  summary: '',
  fix: 'Its id is shown by `alkhub queue list`.',
  resolve: resolveQueuedCallId,
})

const all = {
  operationId: 'calls.queued',
  usage: '',
  summary: '',
  inputs: queueFilters,
  moreFlags: {
    reason: { type: 'string', value: 'TEXT', summary: 'What the caller is shown as the reason.' },
    all: { type: 'boolean', summary: 'All calls that wait or run and match the options.' },
    'dry-run': { type: 'boolean', summary: 'Only count them.' },
  },
} as const

/** What became of the calls of `queue abort --all`. */
interface Aborted {
  readonly found: number
  readonly aborted: readonly string[]
  /** They had ended meanwhile. */
  readonly ended: readonly string[]
  readonly refused: readonly {
    readonly callId: string
    readonly code: string
    readonly message: string
  }[]
}

export const abort: Command = {
  usage: '[CALL | --all] [options]',
  summary:
    'Aborts a queued call that waits or runs, and every call below it; with --all every such call that matches the options, 10,000 at most. CALL is an id or a prefix of it.',
  flags: flagsOf(all),
  maxPositionals: 1,
  async run(args, io) {
    const named = args.positionals.length > 0
    if (named && args.flag('all'))
      throw new UsageError('A call and --all cannot both be given.', 'Leave one of them out.')
    if (!args.flag('all')) {
      refuseFilters(args)
      return one.run(args, io)
    }
    const hub = await HubClient.from(args, io)
    const filters = await inputOf(all, hub, args, io)
    const ids = await openCalls(hub, filters)
    const outcome = args.flag('dry-run')
      ? { found: ids.length, aborted: [], ended: [], refused: [] }
      : await abortAll(hub, ids, args.text('reason'), io)
    print(io, args.flag('json'), outcome, () => sentence(outcome, args.flag('dry-run')))
    return outcome.refused.length === 0 ? 0 : 1
  },
}

/** The ids of the calls that wait or run. */
async function openCalls(hub: HubClient, filters: CallsQueuedInput): Promise<readonly string[]> {
  // A call that begins to run between the two lists is in both.
  const ids = new Set<string>()
  for (const status of ['accepted', 'running'] as const) {
    let cursor: string | undefined
    do {
      const input = { ...filters, status, limit: PAGE, ...compact({ cursor }) }
      const page: { items: readonly QueuedCallItem[]; nextCursor?: string } =
        // oxlint-disable-next-line no-await-in-loop -- each page names the next one
        await hub.call('calls.queued', input)
      for (const { callId } of page.items) ids.add(callId)
      cursor = page.nextCursor
    } while (cursor !== undefined && ids.size < MAX_CALLS)
  }
  return [...ids].slice(0, MAX_CALLS)
}

async function abortAll(
  hub: HubClient,
  ids: readonly string[],
  reason: string | undefined,
  io: Io,
): Promise<Aborted> {
  const aborted: string[] = []
  const ended: string[] = []
  const refused: { callId: string; code: string; message: string }[] = []
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    if (from > 0 && io.stderr.isTTY) say(io.stderr, `${from} of ${ids.length} done`)
    const callIds = ids.slice(from, from + AT_ONCE)
    const input = { callIds, ...compact({ reason }) }
    // oxlint-disable-next-line no-await-in-loop -- so that Ctrl-C ends it between two requests
    const { calls } = await hub.call<CallsAbortManyOutput>('calls.abortMany', input)
    for (const { callId, receipt } of calls)
      if (receipt === 'too-late') ended.push(callId)
      else if (receipt === 'not-found')
        refused.push({ callId, code: 'CALL_NOT_FOUND', message: 'It is gone.' })
      else aborted.push(callId)
  }
  return { found: ids.length, aborted, ended, refused }
}

function sentence({ found, aborted, ended, refused }: Aborted, dryRun: boolean): string {
  if (dryRun) return `${found} queued ${found === 1 ? 'call' : 'calls'} would be aborted.`
  const not = refused.map(({ callId, message }) => `${callId} could not be aborted: ${message}`)
  const late = ended.length === 0 ? '' : `, ${ended.length} had ended meanwhile`
  return [...not, `${aborted.length} aborted${late}.`].join('\n')
}
