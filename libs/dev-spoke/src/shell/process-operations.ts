import { Type } from '@alkdev/typebox'
import { CodedError } from '@alkdev/errors'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { mutation, query } from '../define.ts'
import { worktreeInput } from '../worktree-input.ts'
import { ownerOf } from './owner-of.ts'
import { isWatch } from './guarded-shell.ts'
import type { ProcessGroup, ProcessGroups } from './process-groups.ts'

const MAX_GROUPS = 200
const MAX_PROCESSES = 50
const MAX_COMMAND = 500

const session = Type.Optional(
  Type.String({ minLength: 1, maxLength: 200, description: 'Only the processes of this session.' }),
)

/** `process.list` and `process.kill`: the processes that `shell.run` started. */
export function processOperations(groups: ProcessGroups): IOperationDefinition[] {
  return [listOperation(groups), killOperation(groups)]
}

function listOperation(groups: ProcessGroups): IOperationDefinition {
  return query(
    {
      id: 'process.list',
      title: 'List processes',
      description: `The processes that shell.run started and that still run, by call: those of the caller's session, or of the caller's account when the call has no session. ${MAX_GROUPS} groups at most. Only Linux lists the processes inside a group.`,
      tags: ['process', 'shell', 'ps'],
      scope: 'shell:run',
      input: Type.Object({ session, ...worktreeInput }, { additionalProperties: false }),
      output: Type.Object({
        groups: Type.Array(
          Type.Object({
            id: Type.String(),
            session: Type.Union([Type.String(), Type.Null()]),
            worktree: Type.Union([Type.String(), Type.Null()]),
            command: Type.String(),
            startedAt: Type.String(),
            processes: Type.Array(Type.Object({ pid: Type.Integer(), command: Type.String() })),
          }),
        ),
        truncated: Type.Boolean(),
      }),
    },
    async (input, context) => {
      const chosen = choose(groups, input, context)
      const shown = chosen.slice(0, MAX_GROUPS)
      const processes = await groups.processes(shown)
      return {
        groups: shown.map((group) => ({
          id: group.id,
          session: group.session ?? null,
          worktree: group.worktree ?? null,
          command: group.command.slice(0, MAX_COMMAND),
          startedAt: group.startedAt.toISOString(),
          processes: (processes.get(group.id) ?? [])
            .filter(({ args }) => !isWatch(args))
            .slice(0, MAX_PROCESSES)
            .map(({ pid, args }) => ({
              pid,
              command: args.join(' ').trim().slice(0, MAX_COMMAND),
            })),
        })),
        truncated: chosen.length > MAX_GROUPS,
      }
    },
  )
}

function killOperation(groups: ProcessGroups): IOperationDefinition {
  return mutation(
    {
      id: 'process.kill',
      title: 'End processes',
      description:
        'Ends processes that shell.run started: one group, or all of a session. TERM, and KILL two seconds later, also to processes that left the process group. Answers when they are gone, at the latest after 5 s.',
      tags: ['process', 'shell', 'kill', 'stop'],
      scope: 'shell:run',
      input: Type.Object(
        {
          id: Type.Optional(
            Type.String({ minLength: 1, maxLength: 64, description: 'A group of process.list.' }),
          ),
          session,
          ...worktreeInput,
        },
        { additionalProperties: false },
      ),
      output: Type.Object({
        ended: Type.Integer({ description: 'Groups of which nothing is left.' }),
        remaining: Type.Integer({ description: 'Groups that still run.' }),
      }),
      hints: { destructive: true, idempotent: true },
      retry: 'safe',
    },
    async (input, context) => {
      const isNamed = input.id !== undefined || input.session !== undefined
      if (!isNamed && ownerOf(context).session === undefined)
        throw new CodedError('VALIDATION_ERROR', 'Name a group (id) or a session.')
      const chosen = choose(groups, input, context)
      const results = await Promise.all(chosen.map((group) => groups.end(group)))
      const ended = results.filter((isGone) => isGone).length
      return { ended, remaining: results.length - ended }
    },
  )
}

interface Choice {
  readonly id?: string
  readonly session?: string
  readonly worktree?: string
}

/** The groups of the caller's account that fit. Throws ACCESS_DENIED when a session names another session. */
function choose(groups: ProcessGroups, input: Choice, context: OperationContext): ProcessGroup[] {
  const { account, session: own } = ownerOf(context)
  if (own !== undefined && input.session !== undefined && input.session !== own)
    throw new CodedError('ACCESS_DENIED', 'A session can see and end its own processes only.')
  return groups
    .of({ account, session: own ?? input.session })
    .filter(({ id }) => input.id === undefined || id === input.id)
    .filter(({ worktree }) => input.worktree === undefined || worktree === input.worktree)
}
