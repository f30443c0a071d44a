import type { Workspace, WorkspaceRef } from '@alkdev/contracts'
import { workspaceIdOf } from '../../hub/id-resolvers.ts'
import { operationCommand, listCommand } from '../../hub/operation-command.ts'
import type { InputFlag, InputPositional } from '../../hub/operation-command.ts'
import { projectIdOf } from '../../hub/resolve.ts'

const project: InputPositional = {
  member: 'projectId',
  question: 'Of which project?',
  fix: 'Its id and slug are shown by `alkhub projects list`.',
  resolve: projectIdOf,
}

const workspace: InputPositional = {
  member: 'workspaceId',
  question: 'Which workspace?',
  fix: 'Its id is shown by `alkhub workspaces list PROJECT`.',
  resolve: workspaceIdOf,
}

const place = {
  spoke: { type: 'string', value: 'NAME', member: 'spoke', summary: 'The spoke that has it.' },
  branch: { type: 'string', value: 'BRANCH', member: 'branch', summary: 'Its branch.' },
  directory: { type: 'string', value: 'DIR', member: 'directory', summary: 'Its path there.' },
  worktree: {
    type: 'string',
    value: 'NAME',
    member: 'worktree',
    summary: 'The worktree of the spoke in which sessions work (default: its whole folder).',
  },
} as const satisfies Record<string, InputFlag>

export const list = listCommand<Workspace>({
  operationId: 'workspaces.list',
  usage: 'PROJECT [options]',
  summary: 'Lists the workspaces of a project, given by its id or slug.',
  positionals: [project],
  inputs: {
    status: {
      type: 'string',
      value: 'STATE',
      member: 'status',
      summary: 'Only active or archived ones.',
    },
  },
  headings: ['id', 'name', 'state', 'spoke', 'worktree', 'branch', 'directory'],
  row: (one) => [
    one.workspaceId,
    one.name,
    one.status,
    one.spoke,
    one.worktree,
    one.branch,
    one.directory,
  ],
  none: 'No workspaces.',
})

export const create = operationCommand<Workspace>({
  operationId: 'workspaces.create',
  usage: 'PROJECT NAME [options]',
  summary: 'Registers a workspace. For the accounts that may change the project.',
  positionals: [
    project,
    { member: 'name', question: 'What is it called?', fix: 'Name it after the project.' },
  ],
  inputs: place,
  say: (made) => `Made ${made.name} (${made.workspaceId}).`,
})

export const archive = operationCommand<Workspace>({
  operationId: 'workspaces.update',
  usage: 'ID [options]',
  summary: 'Archives a workspace.',
  positionals: [workspace],
  fixed: { status: 'archived' },
  say: (one) => `Archived ${one.name}.`,
})

export const remove = operationCommand<WorkspaceRef>({
  operationId: 'workspaces.delete',
  usage: 'ID [options]',
  summary: 'Removes a workspace from the hub; its directory is kept.',
  positionals: [workspace],
  say: ({ workspaceId }) => `Removed ${workspaceId}.`,
})
