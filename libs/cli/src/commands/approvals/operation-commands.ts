import type { Approval } from '@alkdev/contracts'
import { approvalIdOf } from '../../hub/id-resolvers.ts'
import { operationCommand, facts, listCommand } from '../../hub/operation-command.ts'
import type { InputPositional } from '../../hub/operation-command.ts'
import { clockTime, shortTime } from '../../input/times.ts'

const which: InputPositional = {
  member: 'approvalId',
  question: 'Which approval?',
  fix: 'Its id is shown by `alkhub approvals list`.',
  resolve: approvalIdOf,
}

const say = (one: Approval): string =>
  facts({
    approval: one.approvalId,
    question: one.question,
    kind: one.kind,
    'asked by': `${one.subject.type} ${one.subject.id}`,
    'asked of': one.askedOf.length === 0 ? undefined : one.askedOf.join(', '),
    operation: one.operation?.operationId,
    details: one.details === undefined ? undefined : JSON.stringify(one.details),
    status: one.status,
    'asked at': shortTime(one.createdAt),
    deadline: shortTime(one.deadline),
    'after the deadline': one.defaultDecision,
    decision: one.decision,
    answer: one.answer,
    scope: one.scope,
    'answered by':
      one.answeredBySession === undefined ? one.answeredBy : `session:${one.answeredBySession}`,
    ended: shortTime(one.endedAt),
  })

export const list = listCommand<Approval>({
  operationId: 'approvals.list',
  usage: '[options]',
  summary: 'Lists the approvals that you may see, newest first.',
  inputs: {
    status: {
      type: 'string',
      value: 'STATUS',
      member: 'status',
      summary: 'open, answered, expired or withdrawn.',
    },
    kind: {
      type: 'string',
      value: 'KIND',
      member: 'kind',
      summary: 'tool, question, budget or step.',
    },
  },
  headings: ['id', 'kind', 'status', 'decision', 'deadline', 'question'],
  row: (one) => [
    one.approvalId,
    one.kind,
    one.status,
    one.decision,
    clockTime(one.deadline),
    one.question,
  ],
  none: 'There are no approvals.',
})

export const get = operationCommand<Approval>({
  operationId: 'approvals.get',
  usage: 'APPROVAL [options]',
  summary: 'Shows an approval.',
  positionals: [which],
  say,
})

export const answer = operationCommand<Approval>({
  operationId: 'approvals.answer',
  usage: 'APPROVAL allow|deny [options]',
  summary: 'Answers an approval. Only the first answer is accepted.',
  positionals: [
    which,
    { member: 'decision', question: 'Which answer?', fix: 'Give `allow` or `deny`.' },
  ],
  inputs: {
    text: {
      type: 'string',
      value: 'TEXT',
      member: 'answer',
      summary: 'The answer to a question, or the reason for the decision.',
    },
    scope: {
      type: 'string',
      value: 'SCOPE',
      member: 'scope',
      summary: 'once (the default), or session: for later calls of the session as well.',
    },
    pattern: {
      type: 'string',
      value: 'PATTERN',
      member: 'resourcePattern',
      summary: 'With --scope session: the resources that the answer applies to, `src/*`.',
    },
  },
  say: (one) => `Answered ${one.decision ?? ''}.\n${say(one)}`,
})
