import { didYouMean } from '@alkdev/std'
import type { Command, Parsed } from '../command.ts'
import { UsageError } from '../failure.ts'
import { pastMomentOf } from '../input/times.ts'
import { LOG_LEVELS } from '../logs/log-line.ts'
import type { LogLevel } from '../logs/log-line.ts'
import { printLogs } from '../logs/print-logs.ts'
import { stackPaths } from '../stack/paths.ts'

const DEFAULT_LINES = 50

export const logs: Command = {
  usage: '[service ...] [options]',
  summary:
    'Prints the last log lines of the processes of the local stack, merged by time: those of the services, the spoke, postgres, redis, and of the stack itself (`stack`: what started, exited and was restarted). Those of builds and of starts in the background have no times and are printed when they are named: console, sdk, bundles, up.\nTimes are those of this machine, under --json UTC. Control characters are shown as escapes. --verbose adds the stack of errors.',
  flags: {
    follow: { type: 'boolean', short: 'f', summary: 'Print new lines until Ctrl-C.' },
    lines: {
      type: 'string',
      value: 'N',
      summary: `Number of lines of all processes together (default ${DEFAULT_LINES}, with --since all); 0 with -f: only new ones.`,
    },
    since: {
      type: 'string',
      value: 'TIME',
      summary: 'Only lines since then: a duration before now (`10m`) or a date.',
    },
    level: {
      type: 'string',
      value: 'LEVEL',
      summary: `Only lines of this level and higher ones: ${LOG_LEVELS.join(', ')}.`,
    },
    service: {
      type: 'string',
      value: 'NAME',
      multiple: true,
      summary: 'The same as the argument: only this process.',
    },
  },
  maxPositionals: 20,
  async run(args, io) {
    const level = levelOf(args)
    const since = args.text('since')
    const lines = args.number('lines') ?? (since === undefined ? DEFAULT_LINES : undefined)
    await printLogs(
      {
        folder: stackPaths().logs,
        named: [...new Set([...args.positionals, ...args.texts('service')])],
        lines,
        since: since === undefined ? undefined : pastMomentOf('since', since).getTime(),
        level,
        follow: args.flag('follow'),
        json: args.flag('json'),
        stack: args.flag('verbose'),
      },
      io,
    )
    return 0
  },
}

function levelOf(args: Parsed): LogLevel | undefined {
  const text = args.text('level')
  if (text === undefined) return undefined
  const level = LOG_LEVELS.find((one) => one === text.toLowerCase())
  if (level === undefined)
    throw new UsageError(
      `\`${text}\` is no level.${didYouMean(text, LOG_LEVELS)}`,
      `There are: ${LOG_LEVELS.join(', ')}.`,
    )
  return level
}
