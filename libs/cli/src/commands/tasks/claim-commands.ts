import type {
  TaskDetail,
  TasksClaimOutput,
  TasksReopenOutput,
  TasksUpdateStatusOutput,
} from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import { UsageError } from '../../failure.ts'
import { positional } from '../../command.ts'
import type { Command, FlagSpec } from '../../command.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { operationCommand } from '../../hub/operation-command.ts'
import type { InputFlag, InputPositional } from '../../hub/operation-command.ts'
import { print } from '../../hub/print.ts'
import { shortTime } from '../../input/times.ts'

const DAY_MS = 86_400_000
const QUESTION = 'Which task?'
const FIX = 'Its id is shown by `alkhub tasks list --synced`.'

const taskPositional: InputPositional = { member: 'task', question: QUESTION, fix: FIX }
const projectFlag = {
  type: 'string',
  value: 'SLUG',
  summary: 'The project (default: default).',
} as const satisfies FlagSpec
const project: InputFlag = { ...projectFlag, member: 'project' }
const reason: InputFlag = { type: 'string', value: 'TEXT', member: 'reason', summary: 'Why.' }

function daysOf(text: string): number {
  const days = Number(text)
  if (Number.isFinite(days) && days > 0 && days <= 30) return Math.round(days * DAY_MS)
  throw new UsageError(`--days takes a number up to 30, not \`${text}\`.`, 'Leave it out for 7.')
}

export const claim = operationCommand<TasksClaimOutput>({
  operationId: 'tasks.claim',
  usage: 'TASK [options]',
  summary:
    'Claims a task of the hub for your account, so that no other account or session works on it. Repeated it extends your claim.',
  positionals: [taskPositional],
  inputs: {
    project,
    days: {
      type: 'string',
      value: 'DAYS',
      member: 'expiresInMs',
      read: daysOf,
      summary: 'How long the claim lasts (default 7).',
    },
  },
  say: ({ task, claim: held, renewed }) =>
    `${renewed ? 'You keep' : 'You have'} ${task.slug} until ${shortTime(held.expiresAt)}: ${task.name}.`,
})

export const release = operationCommand<TaskDetail>({
  operationId: 'tasks.release',
  usage: 'TASK [options]',
  summary: 'Gives a task back, or takes it away from its holder: it can be claimed again.',
  positionals: [taskPositional],
  inputs: { project, reason },
  say: ({ slug }) => `${slug} is pending.`,
})

export const reopen = operationCommand<TasksReopenOutput>({
  operationId: 'tasks.reopen',
  usage: 'TASK --reason TEXT [options]',
  summary: 'Makes a completed, failed or blocked task of the hub pending again.',
  positionals: [taskPositional],
  inputs: { project, reason },
  say: ({ task, affected }) =>
    affected.length === 0
      ? `${task.slug} is pending.`
      : `${task.slug} is pending. Begun or completed after it: ${affected.join(', ')}.`,
})

export const done: Command = {
  usage: 'TASK [options]',
  summary:
    'Completes a task of the hub: claims it for your account if it is not yours yet, and ends the work on it.',
  flags: {
    ...hubFlags,
    project: projectFlag,
    result: {
      type: 'string',
      value: 'TEXT',
      summary: 'How the work ended. Required when the task has checks: how they were done.',
    },
    failed: { type: 'string', value: 'REASON', summary: 'The task failed instead.' },
    blocked: { type: 'string', value: 'REASON', summary: 'The task is blocked instead.' },
  },
  maxPositionals: 1,
  async run(args, io) {
    const task = positional(args, 0, QUESTION, FIX)
    const [failed, blocked] = [args.text('failed'), args.text('blocked')]
    if (failed !== undefined && blocked !== undefined)
      throw new UsageError('--failed does not go with --blocked.', 'Leave one of them out.')
    const hub = await HubClient.from(args, io)
    const ref = { task, ...compact({ project: args.text('project') }) }
    const { claim: held } = await hub.call<TasksClaimOutput>('tasks.claim', ref)
    const status = failed !== undefined ? 'failed' : blocked !== undefined ? 'blocked' : 'completed'
    const ended = await hub.call<TasksUpdateStatusOutput>('tasks.updateStatus', {
      ...ref,
      status,
      token: held.token,
      ...compact({ reason: failed ?? blocked, result: args.text('result') }),
    })
    print(io, args.flag('json'), ended, () => {
      const next = ended.ready.length === 0 ? '' : ` Ready now: ${ended.ready.join(', ')}.`
      return `${ended.task.slug} is ${ended.task.status}.${next}`
    })
    return 0
  },
}
