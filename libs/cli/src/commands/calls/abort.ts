import type { CallsAbortOutput } from '@alkdev/contracts'
import type { Command } from '../../command.ts'
import { operationCommand } from '../../hub/operation-command.ts'
import type { InputPositional } from '../../hub/operation-command.ts'
import { resolveCallId } from './call-id-of.ts'

const sentences = {
  honoured: 'Aborted',
  ignored: 'The abort was sent, and the handler has not stopped yet:',
  'too-late': 'It had ended before:',
} as const

export const abort = abortCommand({
  summary: 'Aborts a call that runs, and every call below it. CALL is the whole id.',
  fix: 'The id of a running call is in its `x-request-id` header, and in the context of its handler.',
  resolve: resolveCallId,
})

/** A command that aborts the call that its argument names. */
export function abortCommand({
  summary,
  fix,
  resolve,
}: {
  readonly summary: string
  readonly fix: string
  readonly resolve: NonNullable<InputPositional['resolve']>
}): Command {
  return operationCommand<CallsAbortOutput>({
    operationId: 'calls.abort',
    usage: 'CALL [options]',
    summary,
    positionals: [{ member: 'callId', question: 'Which call?', fix, resolve }],
    inputs: {
      reason: {
        type: 'string',
        value: 'TEXT',
        member: 'reason',
        summary: 'What the caller is shown as the reason.',
      },
    },
    say({ callId, receipt, below }) {
      const also = below === undefined || below.count === 0 ? '' : `, and ${below.count} below it`
      return `${sentences[receipt]} ${callId}${also}.`
    },
  })
}
