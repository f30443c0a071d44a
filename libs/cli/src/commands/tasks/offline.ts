import { CodedError, OperatorError } from '@alkdev/errors'
import { CircularDependencyError, DuplicateNodeError, TaskNotFoundError } from '@alkdev/taskgraph'
import { UsageError } from '../../failure.ts'
import { positional } from '../../command.ts'
import type { Command, FlagSpec, Io, Parsed } from '../../command.ts'
import { print } from '../../hub/print.ts'
import { readTaskFolder } from './task-folder.ts'
import type { TaskFolder } from './task-folder.ts'
import { say } from '../../say.ts'

export interface OfflineAnswer {
  readonly data: unknown
  readonly text: string
  /** True to exit with code 1. */
  readonly failed?: boolean
}

export interface OfflineOptions {
  readonly summary: string
  readonly flags?: Readonly<Record<string, FlagSpec>>
  /** The command takes the id of a task before the folder. */
  readonly takesId?: boolean
  /** A missing folder counts as empty. */
  readonly makesFolder?: boolean
  /** The answer itself reports invalid files. */
  readonly tellsProblems?: boolean
  run(folder: TaskFolder, args: Parsed, id: string, io: Io): OfflineAnswer | Promise<OfflineAnswer>
}

/** A command that reads a folder of task files without a hub and, except for `init`, changes nothing. */
export function offline(options: OfflineOptions): Command {
  const takesId = options.takesId === true
  return {
    usage: `${takesId ? 'ID ' : ''}[FOLDER] [options]`,
    summary: `${options.summary}\nReads the task files below FOLDER (default: tasks).`,
    flags: options.flags ?? {},
    maxPositionals: takesId ? 2 : 1,
    async run(args, io) {
      const id = takesId
        ? positional(args, 0, 'Which task?', 'Its id is shown by `alkhub tasks list`.')
        : ''
      const folder = await readTaskFolder(io, args.positionals[takesId ? 1 : 0], {
        mayBeMissing: options.makesFolder === true,
      })
      const kept = new Set(folder.files.map(({ path }) => path))
      const bad = new Set(
        folder.problems
          .filter((one) => one.severity === 'error' && !kept.has(one.path))
          .map(({ path }) => path),
      )
      if (bad.size > 0 && options.tellsProblems !== true)
        say(
          io.stderr,
          `alkhub: ${bad.size === 1 ? '1 file is' : `${bad.size} files are`} left out; \`alkhub tasks validate\` says why.`,
        )
      const answer = await ask(() => options.run(folder, args, id, io))
      print(io, args.flag('json'), answer.data, () => answer.text)
      return answer.failed === true ? 1 : 0
    },
  }
}

/** An error of the graph library, with its fix. */
async function ask(run: () => OfflineAnswer | Promise<OfflineAnswer>): Promise<OfflineAnswer> {
  try {
    return await run()
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause
    throw new OperatorError(cause.message, fixOf(cause), { cause })
  }
}

function fixOf(error: CodedError): string {
  if (error instanceof TaskNotFoundError) return 'Its id is shown by `alkhub tasks list`.'
  if (error instanceof DuplicateNodeError) return 'Choose another id.'
  if (error instanceof CircularDependencyError)
    return 'Remove one dependency from each cycle; `alkhub tasks cycles` shows them all.'
  return ''
}

/** A flag that takes one of a few words. Throws OperatorError for another word. */
export function choice<T extends string>(
  args: Parsed,
  flag: string,
  words: readonly T[],
): T | undefined {
  const text = args.text(flag)
  if (text === undefined) return undefined
  const word = words.find((one) => one === text)
  if (word !== undefined) return word
  throw new UsageError(
    `--${flag} takes ${words.slice(0, -1).join(', ')} or ${words.at(-1)}, not \`${text}\`.`,
    '',
  )
}
