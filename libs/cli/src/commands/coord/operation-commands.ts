import type {
  CoordAbortOutput,
  CoordAwaitOutput,
  CoordMessageOutput,
} from '@alkdev/contracts/agents'
import { UsageError } from '../../failure.ts'
import { operationCommand } from '../../hub/operation-command.ts'
import { table } from '../../hub/print.ts'
import { sessionIdOf, sessionPositional } from '../../sessions/resolve-session.ts'
import { oneLine } from '../../sessions/tool-text.ts'

const MODES = ['steer', 'queue', 'interrupt'] as const

/** When the session reads the message, by the mode that was chosen. */
const HOW: Readonly<Record<string, string>> = {
  queue: ' for its next turn',
  steer: ' for the next step of its turn',
  interrupt: ' and stopped its turn',
}

function modeOf(text: string): string {
  if (MODES.some((mode) => mode === text)) return text
  throw new UsageError(
    `--mode takes steer, queue or interrupt, not \`${text}\`.`,
    'Leave it out for what the policy of the session says.',
  )
}

export const message = operationCommand<CoordMessageOutput>({
  operationId: 'coord.message',
  usage: 'SESSION TEXT [options]',
  summary:
    'Sends a message to a session. It starts a turn, or waits for the one that runs, as the policy of the session says.',
  positionals: [
    sessionPositional,
    { member: 'text', question: 'What is the message?', fix: 'Write it in quotes.' },
  ],
  inputs: {
    mode: {
      type: 'string',
      value: 'MODE',
      member: 'mode',
      read: modeOf,
      summary: 'steer, queue or interrupt (default: what the policy of the session says).',
    },
  },
  say: ({ message: { mode, delivery }, session }) =>
    `Sent to ${session.slug}${HOW[mode ?? 'queue'] ?? ''}${delivery === undefined || delivery === 'accepted' ? '' : ` (${delivery})`}.`,
})

export const awaitSessions = operationCommand<CoordAwaitOutput>({
  operationId: 'coord.await',
  usage: 'SESSION [options]',
  summary: 'Waits until the sessions that a session spawned have ended.',
  positionals: [
    {
      member: 'parentSessionId',
      question: 'Which session spawned them?',
      fix: 'Give its id or slug, or `last`.',
      resolve: sessionIdOf,
    },
  ],
  moreFlags: { any: { type: 'boolean', summary: 'Until one of them has ended.' } },
  more: (args) => Promise.resolve({ mode: args.flag('any') ? 'any' : 'all' }),
  say: ({ done, sessions }) =>
    sessions.length === 0
      ? 'None of the sessions that it spawned is working.'
      : [
          table(
            ['id', 'status', 'outcome', 'result'],
            sessions.map((one) => [
              one.sessionId.slice(-8),
              one.status,
              one.outcome,
              oneLine(one.result ?? one.lastText ?? one.report ?? ''),
            ]),
          ),
          ...(done ? [] : ['', 'They have not all ended; ask again.']),
        ].join('\n'),
})

export const abort = operationCommand<CoordAbortOutput>({
  operationId: 'coord.abort',
  usage: 'SESSION [options]',
  summary:
    'Ends a session and all below it. What is finished stays; changes that are not committed are saved as git refs.',
  positionals: [sessionPositional],
  inputs: {
    reason: { type: 'string', value: 'TEXT', member: 'reason', summary: 'Shown as the reason.' },
  },
  say: ({ acknowledged, receipts }) =>
    receipts.length === 0
      ? 'All of them had ended.'
      : [
          table(
            ['id', 'was', 'calls aborted', 'tokens after', 'saved as'],
            receipts.map((one) => [
              one.sessionId.slice(-8),
              one.was,
              one.cancelledCalls,
              one.tokensSince,
              one.savedRef ?? one.saveError,
            ]),
          ),
          '',
          acknowledged
            ? `Ended ${receipts.length}. None of them calls a model or a tool any more.`
            : 'Ended. A process has not answered yet; it can write nothing any more.',
        ].join('\n'),
})
