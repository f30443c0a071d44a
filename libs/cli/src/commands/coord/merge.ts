import type { CoordMerge, CoordMergeOutput, CoordMergesOutput } from '@alkdev/contracts/agents'
import { operationCommand } from '../../hub/operation-command.ts'
import { table } from '../../hub/print.ts'
import { shortTime } from '../../input/times.ts'
import { sessionIdOf, sessionPositional } from '../../sessions/resolve-session.ts'
import { oneLine } from '../../sessions/tool-text.ts'

export const merge = operationCommand<CoordMergeOutput>({
  operationId: 'coord.merge',
  usage: 'SESSION BRANCH [options]',
  summary:
    'Merges the branch of a session that has finished into BRANCH, which no folder may have checked out: it is rebased and checked in its worktree, and then BRANCH moves to it. What conflicts goes back to the session.',
  positionals: [
    sessionPositional,
    {
      member: 'target',
      question: 'Into which branch?',
      fix: 'Name a branch that no folder has checked out.',
    },
  ],
  say: (
    { merge: { status, branch, target, newHead, reason, error, mergeId } },
    _nameOf,
    alkhub,
  ) => {
    if (status === 'merged')
      return reason === 'nothing-to-merge'
        ? `${target} has all of ${branch} already.`
        : `Merged ${branch} into ${target} (${newHead?.slice(0, 12) ?? ''}).`
    if (status === 'queued' || status === 'running')
      return `The merge ${mergeId} is ${status}; \`${alkhub} coord merges\` shows what becomes of it.`
    return `${branch} was not merged into ${target}: ${error ?? reason ?? status}`
  },
})

export const merges = operationCommand<CoordMergesOutput>({
  operationId: 'coord.merges',
  usage: '[options]',
  summary: 'Lists merges of a project or of a session, the newest first.',
  positionals: [],
  inputs: {
    session: {
      type: 'string',
      value: 'SESSION',
      member: 'sessionId',
      resolve: sessionIdOf,
      summary: 'Only those of this session.',
    },
    project: { type: 'string', value: 'PROJECT', member: 'project', summary: 'Slug or id.' },
    into: { type: 'string', value: 'BRANCH', member: 'target', summary: 'Only into this branch.' },
  },
  moreFlags: { open: { type: 'boolean', summary: 'Only those that have not ended.' } },
  more: (args) => Promise.resolve(args.flag('open') ? { open: true } : {}),
  say: ({ merges: found }) =>
    found.length === 0
      ? 'There are no merges.'
      : table(['id', 'state', 'branch', 'into', 'began', 'why'], found.map(rowOf)),
})

function rowOf(one: CoordMerge): string[] {
  const { mergeId, status, step, branch, target, createdAt, error, reason } = one
  return [
    mergeId.slice(-8),
    step === undefined ? status : `${status} (${step})`,
    branch,
    target,
    shortTime(createdAt),
    oneLine(error ?? (status === 'merged' ? '' : (reason ?? ''))),
  ]
}
