import { join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { must, sleep } from '@alkdev/std'
import type { Io } from '../command.ts'
import type { RunningStack } from './start-stack.ts'
import { LogFile } from './log-file.ts'
import type { StackPaths } from './paths.ts'
import { ServiceProcess } from './service-process.ts'
import { spokeNameOf } from './spoke-name.ts'
import type { Supervisor } from './supervisor.ts'

/** The text that `alkhub spoke` prints once it is attached. */
export const attachedMark = 'Attached as '

/** Starts a dev spoke for the current folder as a separate process, with a key that can only attach spokes; it has 60 s to attach. */
export async function startSpoke(
  paths: StackPaths,
  io: Io,
  { urls, entryOf }: Pick<RunningStack, 'urls' | 'entryOf'>,
  allowShell: boolean,
  supervisor: Supervisor,
): Promise<string> {
  const name = spokeNameOf(io.cwd)
  const log = new LogFile(join(paths.logs, 'spoke.log'))
  const started: ServiceProcess[] = []
  await supervisor.add('spoke', {
    name: 'spoke',
    start: () => {
      const run = new ServiceProcess(paths, log, {
        name: 'spoke',
        args: [
          entryOf('alkhub'),
          ...['spoke', '--dir', io.cwd, '--name', name, '--hub', urls.gateway],
          ...['--key-file', paths.spokeKey],
          ...(allowShell ? ['--allow-shell'] : []),
        ],
        cwd: paths.root,
        env: {},
      })
      started.push(run)
      return { process: run.process, lastWords: () => run.lastWords() }
    },
  })
  const child = must(started[0], 'the spoke')
  const deadline = Date.now() + 60_000
  while (!child.said(attachedMark)) {
    if (!child.process.running || Date.now() > deadline)
      throw new OperatorError(
        `The dev spoke did not attach: ${child.lastWords()}`,
        `All it said is in ${child.logFile}.`,
      )
    await sleep(20, io.signal)
  }
  return name
}
