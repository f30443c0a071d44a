import { CodedError, OperatorError } from '@alkdev/errors'
import { CircularDependencyError, DuplicateNodeError, TaskNotFoundError } from '@alkdev/taskgraph'
import { UsageError } from '../../failure.ts'
import { positional } from '../../command.ts'
import type { Command, FlagSpec, Io, Parsed } from '../../command.ts'
import { print } from '../../hub/print.ts'
import { readTaskFolder } from './task-folder.ts'
import type { TaskFolder } from './task-folder.ts'

export interface OfflineAnswer {
  readonly data: unknown
  readonly text: string
  /** Exit with 1. */
  readonly failed?: boolean
}

export interface OfflineSketch {
  readonly summary: string
  readonly flags?: Readonly<Record<string, FlagSpec>>
  /** The command takes the id of a task before the folder. */
  readonly takesId?: boolean
  /** A folder that is not there counts as empty. */
  readonly makesFolder?: boolean
  /** The answer itself tells of bad files. */
  readonly tellsProblems?: boolean
  run(folder: TaskFolder, args: Parsed, id: string, io: Io): OfflineAnswer | Promise<OfflineAnswer>
}

/** A command that reads a folder of task files, needs no hub and changes nothing (but `init`). */
export function offline(sketch: OfflineSketch): Command {
  const takesId = sketch.takesId === true
  return {
    usage: `${takesId ? 'ID ' : ''}[FOLDER] [options]`,
    summary: `${sketch.summary}\nReads the task files below FOLDER (default: tasks).`,
    flags: sketch.flags ?? {},
    most: takesId ? 2 : 1,
    async run(args, io) {
      const id = takesId
        ? positional(args, 0, 'Which task?', 'Its id is shown by `alkhub tasks list`.')
        : ''
      const folder = await readTaskFolder(io, args.positionals[takesId ? 1 : 0], {
        mayBeMissing: sketch.makesFolder === true,
      })
      const kept = new Set(folder.files.map(({ path }) => path))
      const bad = new Set(
        folder.problems
          .filter((one) => one.severity === 'error' && !kept.has(one.path))
          .map(({ path }) => path),
      )
      if (bad.size > 0 && sketch.tellsProblems !== true)
        io.stderr.write(
          `alkhub: ${bad.size === 1 ? '1 file is' : `${bad.size} files are`} left out; \`alkhub tasks validate\` says why.\n`,
        )
      const answer = await ask(() => sketch.run(folder, args, id, io))
      print(io, args.flag('json'), answer.data, () => answer.text)
      return answer.failed === true ? 1 : 0
    },
  }
}

/** What the graph library refuses, with its fix. */
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
