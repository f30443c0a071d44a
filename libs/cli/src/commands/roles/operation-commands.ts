import type { Role, RoleDetails, RoleRef, RolesCheckOutput } from '@alkdev/contracts'
import type { FlagSpec, Io, Parsed } from '../../command.ts'
import { operationCommand, facts, listCommand } from '../../hub/operation-command.ts'
import type { InputFlag, InputPositional } from '../../hub/operation-command.ts'
import { readJsonObject } from '../../input/json-input.ts'

const role: InputPositional = {
  member: 'name',
  question: 'Which role?',
  fix: 'Its name is shown by `alkhub roles list`.',
}

const describing = {
  mode: { type: 'string', value: 'MODE', member: 'mode', summary: 'primary or subagent.' },
  description: { type: 'string', value: 'TEXT', member: 'description', summary: 'A description.' },
  parent: {
    type: 'string',
    value: 'ROLE',
    member: 'parent',
    summary: 'The role from which it inherits what it does not set itself.',
  },
  scope: {
    type: 'string',
    value: 'SCOPE',
    multiple: true,
    member: 'scopes',
    summary:
      'A scope that sessions with the role keep, `*` for all; without it they have none. May be repeated.',
  },
} as const satisfies Record<string, InputFlag>

const fileFlag = {
  file: {
    type: 'string',
    value: 'FILE',
    summary:
      'JSON object with permissions, tools, prompt, temperature, data, as `alkhub schema roles.create` shows; `-` reads standard input.',
  },
} as const satisfies Record<string, FlagSpec>

async function fromFile(args: Parsed, io: Io): Promise<Record<string, unknown>> {
  const file = args.text('file')
  return file === undefined ? {} : readJsonObject(io, file)
}

const show = (one: RoleDetails): string => {
  const rules = one.effective.permissions.map(
    ({ permission, action, pattern }) => `  ${permission} ${action} ${pattern}`,
  )
  const text = facts({
    name: one.name,
    mode: one.mode,
    for: one.description,
    parent: one.parent,
    temperature: one.effective.temperature,
    scopes: one.effective.scopes.join(' '),
  })
  return `${text}\n\nRules, the first that matches counts:\n${rules.join('\n') || '  none'}`
}

export const list = listCommand<Role>({
  operationId: 'roles.list',
  usage: '[options]',
  summary: 'Lists the roles that sessions may act in, by name.',
  inputs: { mode: { ...describing.mode, summary: 'Only primary or subagent.' } },
  headings: ['name', 'mode', 'parent', 'for'],
  row: (one) => [one.name, one.mode, one.parent, one.description],
  none: 'No roles.',
})

export const get = operationCommand<RoleDetails>({
  operationId: 'roles.get',
  usage: 'NAME [options]',
  summary: 'Shows a role with its effective rules, its own before those of its parents.',
  positionals: [role],
  say: show,
})

export const check = operationCommand<RolesCheckOutput>({
  operationId: 'roles.check',
  usage: 'NAME ACTION ON [options]',
  summary: 'Shows whether a role allows an action on an object, and which rule decides.',
  positionals: [
    role,
    { member: 'action', question: 'Which action?', fix: 'For instance read, write or bash.' },
    { member: 'on', question: 'On what?', fix: 'A path, a command or an operation id.' },
  ],
  say: ({ permission, rule }) =>
    rule === undefined
      ? `${permission}: no rule fits.`
      : `${permission}: ${rule.permission} ${rule.action} ${rule.pattern}`,
})

export const create = operationCommand<Role>({
  operationId: 'roles.create',
  usage: 'NAME --mode MODE [options]',
  summary: 'Creates a role, which applies to the whole deployment. For admins.',
  positionals: [role],
  inputs: describing,
  moreFlags: fileFlag,
  more: fromFile,
  say: (made) => `Made ${made.name}.`,
})

export const update = operationCommand<Role>({
  operationId: 'roles.update',
  usage: 'NAME [options]',
  summary: 'Changes only the given settings. For admins.',
  positionals: [role],
  inputs: describing,
  moreFlags: fileFlag,
  more: fromFile,
  say: (one) => `Changed ${one.name}.`,
})

export const remove = operationCommand<RoleRef>({
  operationId: 'roles.delete',
  usage: 'NAME [options]',
  summary: 'Removes a role that is not in use. For admins.',
  positionals: [role],
  say: ({ name }) => `Removed ${name}.`,
})
