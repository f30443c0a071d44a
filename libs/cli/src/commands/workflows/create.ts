import type {
  WorkflowProblem,
  WorkflowsCreateOutput,
  WorkflowsValidateOutput,
} from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Command, Io, Parsed } from '../../command.ts'
import { positional } from '../../command.ts'
import { HubProblemError } from '../../failure.ts'
import { HubClient } from '../../hub/hub-client.ts'
import { hubFlags } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { readJsonObject } from '../../input/json-input.ts'

const schemaFlag = {
  'input-schema': {
    type: 'string',
    value: 'FILE',
    summary: 'JSON Schema of the input of a run.',
  },
} as const

const projectFlag = {
  project: { type: 'string', value: 'PROJECT', summary: 'Slug or id of the project.' },
} as const

export function stepCount(count: number): string {
  return count === 1 ? '1 step' : `${count} steps`
}

const TEMPLATE = 'It is a JSON file with a tree of operations; `-` reads it from stdin.'

async function templateOf(args: Parsed, io: Io, at: number): Promise<object> {
  const file = positional(args, at, 'Which template?', TEMPLATE)
  const schema = args.text('input-schema')
  return {
    template: await readJsonObject(io, file),
    ...(schema !== undefined && { inputSchema: await readJsonObject(io, schema) }),
  }
}

export const validate: Command = {
  usage: 'FILE [options]',
  summary:
    'Checks a template against the operations that you may call. Exits 1 when it cannot run.',
  flags: { ...hubFlags, ...schemaFlag, ...projectFlag },
  maxPositionals: 1,
  async run(args, io) {
    const template = await templateOf(args, io, 0)
    const hub = await HubClient.from(args, io)
    const found = await hub.call<WorkflowsValidateOutput>('workflows.validate', {
      ...template,
      ...compact({ project: args.text('project') }),
    })
    print(io, args.flag('json'), found, () =>
      found.valid ? `Valid, with ${stepCount(found.steps)}.` : linesOf(found.problems),
    )
    return found.valid ? 0 : 1
  },
}

export const create: Command = {
  usage: 'NAME FILE [options]',
  summary: 'Stores a workflow, or a new version of the workflow of that name.',
  flags: {
    ...hubFlags,
    ...schemaFlag,
    ...projectFlag,
    description: { type: 'string', value: 'TEXT', summary: 'Shown in lists.' },
    'failure-policy': {
      type: 'string',
      value: 'POLICY',
      summary: '`continue-running` (default) or `abort-dependents`.',
    },
  },
  maxPositionals: 2,
  async run(args, io) {
    const name = positional(args, 0, 'Which name?', 'Lower-case letters, digits and hyphens.')
    const template = await templateOf(args, io, 1)
    const hub = await HubClient.from(args, io)
    const [project, description, failurePolicy] = ['project', 'description', 'failure-policy'].map(
      (flag) => args.text(flag),
    )
    const input = {
      name,
      ...template,
      ...compact({ project, description, failurePolicy }),
    }
    try {
      const made = await hub.call<WorkflowsCreateOutput>('workflows.create', input)
      print(io, args.flag('json'), made, () =>
        made.known
          ? `Version ${made.version} of ${made.name} is the same.`
          : `Stored version ${made.version} of ${made.name}, with ${stepCount(made.steps)}.`,
      )
      return 0
    } catch (error) {
      throw error instanceof HubProblemError ? withProblems(error) : error
    }
  },
}

/** The error with its problems as lines, in place of the details as JSON. */
function withProblems(error: HubProblemError): HubProblemError {
  const problems = problemsOf(error.details)
  if (problems === undefined) return error
  const { code, detail, details, callId } = error
  const words = `${code}: The workflow cannot run, and was not stored:\n${linesOf(problems)}\n`
  return new HubProblemError(
    { code, detail, details, ...compact({ callId }) },
    'workflows.create',
    {
      words,
      instead: '`alkhub workflows validate FILE` checks a corrected template.',
    },
  )
}

function problemsOf(details: unknown): readonly WorkflowProblem[] | undefined {
  const { problems } = (details ?? {}) as { problems?: readonly WorkflowProblem[] }
  return problems
}

function linesOf(problems: readonly WorkflowProblem[]): string {
  return problems
    .map(({ node, path, reason, message }) => `${node ?? path ?? ''}: ${message} (${reason})`)
    .map((line) => line.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, ' '))
    .join('\n')
}
