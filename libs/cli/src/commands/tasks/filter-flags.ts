import {
  TaskImpactEnum,
  TaskLevelEnum,
  TaskPriorityEnum,
  TaskRiskEnum,
  TaskScopeEnum,
  TaskStatusEnum,
} from '@alkdev/taskgraph'
import type { TaskFilter } from '@alkdev/taskgraph/commands'
import type { FlagSpec, Parsed } from '../../command.ts'
import { choice } from './offline.ts'

const wordsOf = <T extends string>(family: {
  readonly anyOf: readonly { readonly const: T }[]
}): readonly T[] => family.anyOf.map((one) => one.const)

export const statuses = wordsOf(TaskStatusEnum)
const families = {
  status: statuses,
  scope: wordsOf(TaskScopeEnum),
  risk: wordsOf(TaskRiskEnum),
  impact: wordsOf(TaskImpactEnum),
  level: wordsOf(TaskLevelEnum),
  priority: wordsOf(TaskPriorityEnum),
} as const

function flagOf(words: readonly string[]): FlagSpec {
  return { type: 'string', value: 'WORD', summary: `Only ${words.join(', ')}.` }
}

/** Flags that select tasks. */
export const filterFlags: Readonly<Record<string, FlagSpec>> = {
  ...Object.fromEntries(Object.entries(families).map(([name, words]) => [name, flagOf(words)])),
  assignee: { type: 'string', value: 'NAME', summary: 'Only those of this assignee.' },
  tag: { type: 'string', value: 'TAG', summary: 'Only those with this tag.' },
}

/** The given values of `filterFlags`. */
export function filterOf(args: Parsed): TaskFilter {
  const given = {
    status: choice(args, 'status', families.status),
    scope: choice(args, 'scope', families.scope),
    risk: choice(args, 'risk', families.risk),
    impact: choice(args, 'impact', families.impact),
    level: choice(args, 'level', families.level),
    priority: choice(args, 'priority', families.priority),
    assignee: args.text('assignee'),
    tag: args.text('tag'),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** Flags for the fields of a new task. */
export const fieldFlags: Readonly<Record<string, FlagSpec>> = Object.fromEntries(
  (['scope', 'risk', 'impact', 'level', 'priority'] as const).map((name) => [
    name,
    { type: 'string', value: 'WORD', summary: `${families[name].join(', ')}.` },
  ]),
)
