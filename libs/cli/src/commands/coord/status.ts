import type { CoordSession, CoordStatusOutput } from '@alkdev/contracts/agents'
import type { Command } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { columns, print, table } from '../../hub/print.ts'
import { dollars } from '../../input/money.ts'
import { durationText } from '../calls/call-text.ts'
import { sessionIdOf } from '../../sessions/resolve-session.ts'
import { oneLine } from '../../sessions/tool-text.ts'
import { asStarted } from '../../started-as.ts'

const HEADINGS = ['id', 'status', 'for', 'task', 'branch', 'tokens', 'cost', 'needs', 'title']

export const status: Command = {
  usage: '[SESSION] [options]',
  summary:
    'Shows a session and all below it: state, task, branch, spending, and what waits for a person. Without a session: all trees of your account.',
  flags: {
    ...hubFlags,
    live: {
      type: 'boolean',
      summary: 'Only sessions that have not ended, and the top of their tree.',
    },
  },
  maxPositionals: 1,
  async run(args, io) {
    const hub = await HubClient.from(args, io)
    const [name] = args.positionals
    const input = {
      ...(name !== undefined && { sessionId: await sessionIdOf(hub, name) }),
      ...(args.flag('live') && { ended: false }),
    }
    const found = await hub.call<CoordStatusOutput>('coord.status', input)
    print(io, args.flag('json'), found, () => {
      if (found.sessions.length === 0)
        return args.flag('live')
          ? 'All sessions of your trees have ended.'
          : asStarted('There are no trees of sessions. `alkhub coord spawn` makes one.', io)
      const rows = found.sessions.map((one) => rowOf(one, found.at))
      const more = found.truncated ? '\n\n(There are more than 1,000.)' : ''
      return table(HEADINGS, rows, columns(io)) + more
    })
    return 0
  },
}

function rowOf(one: CoordSession, now: string): (string | number | undefined)[] {
  const { spend, work, task } = one
  return [
    one.sessionId.slice(-8),
    stateOf(one),
    durationText(Date.parse(now) - Date.parse(one.stateSince)),
    task === undefined ? '' : `${task.slug} (${task.status})`,
    one.workspace?.branch,
    spend.inputTokens + spend.outputTokens,
    dollars(spend.cost),
    needsOf(one),
    `${'  '.repeat(one.depth)}${one.title}${work?.report === undefined ? '' : `: ${oneLine(work.report)}`}`,
  ]
}

function stateOf({ status: name, waitingOn, spawnStep, work }: CoordSession): string {
  if (spawnStep !== undefined && name === 'queued') return 'spawning'
  if (waitingOn !== undefined) return `${name} (${waitingOn})`
  return work?.outcome === undefined || work.outcome === 'done' ? name : `${name} (${work.outcome})`
}

function needsOf({ openApprovals, askedOf = [], findings }: CoordSession): string {
  const by = askedOf.length === 0 ? '' : ` (asked of ${askedOf.join(', ')})`
  return [
    ...(openApprovals.length === 0 ? [] : [`${openApprovals.length} approval${by}`]),
    ...findings.map(({ kind }) => kind),
  ].join(', ')
}
