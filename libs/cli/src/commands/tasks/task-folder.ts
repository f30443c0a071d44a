import { resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { readTaskDirectory } from '@alkdev/taskgraph'
import type { TaskDirectory, TaskInput } from '@alkdev/taskgraph'
import type { Io } from '../../command.ts'

const defaultFolder = 'tasks'

/** The task files of a folder. */
export interface TaskFolder extends TaskDirectory {
  /** Absolute path. */
  readonly folder: string
  readonly tasks: readonly TaskInput[]
}

const nothing: TaskDirectory = { files: [], problems: [], ignored: [] }

/** Reads the task files below `folder` (default `tasks` here). Throws OperatorError when the folder can't be read. */
export async function readTaskFolder(
  io: Io,
  folder = defaultFolder,
  options: { readonly mayBeMissing?: boolean } = {},
): Promise<TaskFolder> {
  const path = resolve(io.cwd, folder)
  const directory = await readTaskDirectory(path, { signal: io.signal }).catch((cause: unknown) => {
    io.signal.throwIfAborted()
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    if (missing && options.mayBeMissing === true) return nothing
    throw new OperatorError(
      `The folder ${path} can't be read.`,
      'Name the folder with the task files as the last argument.',
      { cause },
    )
  })
  return { ...directory, folder: path, tasks: directory.files.map((file) => file.task) }
}
