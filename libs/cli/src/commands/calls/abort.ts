import type { CallsAbortOutput } from '@alkdev/contracts'
import { operationCommand } from '../../hub/operation-command.ts'
import { resolveCallId } from './call-id-of.ts'

const sentences = {
  honoured: 'Aborted',
  ignored: 'The abort was sent, and the handler has not stopped yet:',
  'too-late': 'It had ended before:',
} as const

export const abort = operationCommand<CallsAbortOutput>({
  operationId: 'calls.abort',
  usage: 'CALL [options]',
  summary: 'Aborts a call that runs, and every call below it. CALL is the whole id.',
  positionals: [
    {
      member: 'callId',
      question: 'Which call?',
      fix: 'The id of a running call is in its `x-request-id` header, or in the input of the spoke.',
      resolve: resolveCallId,
    },
  ],
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
