import { realpath } from 'node:fs/promises'
import { arch, cpus, platform, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { isolatedDevOperations } from '@alkdev/dev-spoke'
import { CodedError, OperatorError } from '@alkdev/errors'
import { attachSpoke, keyStore } from '@alkdev/spoke'
import { didYouMean } from '@alkdev/std'
import type { Command } from '../command.ts'
import { RefusedError, UsageError } from '../failure.ts'
import { hubFlags, hubTarget, readKeyFile } from '../hub/hub-target.ts'
import { checkSpokeName } from '../spoke-folder/check-spoke-name.ts'
import { keyedOperations, keyFolder } from '../spoke-folder/keyed-operations.ts'
import { stackPaths } from '../stack/paths.ts'
import { spokeNameOf } from '../stack/spoke-name.ts'
import { attachedMark } from '../stack/start-spoke.ts'
import { say } from '../say.ts'

/** Codes of errors that say that the key is not valid, or may not attach a spoke. */
const REFUSALS: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'ACCESS_DENIED'])

export const spoke: Command = {
  usage: '[init DIR] [options]',
  summary:
    'Attaches a folder of this machine to a hub: reading, writing and searching files, git, and the shell when you allow it.\nStays attached until Ctrl-C.\n`spoke init DIR` writes a folder with a spoke of your own instead, which one command starts.',
  flags: {
    dir: { type: 'string', value: 'FOLDER', summary: 'The folder (default: the current one).' },
    name: {
      type: 'string',
      value: 'NAME',
      summary: "The spoke's name (default: after the folder).",
    },
    ...hubFlags,
    lang: {
      type: 'string',
      value: 'LANGUAGE',
      summary: 'With init: ts (default with Node 22.18 or newer), js or python.',
    },
    'allow-shell': {
      type: 'boolean',
      summary: 'Offer shell.run, which runs any command with the rights of this user.',
    },
  },
  maxPositionals: 2,
  async run(args, io) {
    const [what] = args.positionals
    if (what === 'init') return (await import('./spoke-init.ts')).initSpoke(args, io)
    if (what !== undefined)
      throw new UsageError(
        `There is no command \`spoke ${what}\`.${didYouMean(what, ['init'])}`,
        'Run `alkhub spoke --help` for its usage.',
      )
    const { url: hub, keyFile } = await hubTarget(args, io, 'spokeKey')
    const folder = await realpath(resolve(io.cwd, args.text('dir') ?? '.')).catch(
      (cause: unknown) => {
        throw new OperatorError(
          `The folder ${args.text('dir')} does not exist.`,
          'Name one with --dir FOLDER.',
          { cause },
        )
      },
    )
    const key = await readKeyFile(keyFile)
    const paths = stackPaths()
    const name = args.text('name') ?? spokeNameOf(folder)
    checkSpokeName(name)
    const tell = (message: string): void => say(io.stdout, message)
    await using isolated = await isolatedDevOperations({
      folder,
      allowShell: args.flag('allow-shell'),
      secretFolders: [paths.home, join(paths.root, 'secrets')],
      onRestart: (error) => tell(error.message),
    })
    const keys = await keyStore(keyFolder(paths.home, { hub, name, folder }), {
      onLog: (level, message) => {
        if (level !== 'info') tell(message)
      },
    }).catch((error: unknown) => {
      tell(`Calls with an idempotency key are not remembered: ${CodedError.from(error).message}`)
      return undefined
    })
    await using _keys = keys ?? null
    const attached = attachSpoke({
      hub,
      key,
      name,
      spokeType: 'dev-env',
      hostInfo: {
        os: platform(),
        arch: arch(),
        nodeVersion: process.version,
        memory: totalmem(),
        cpu: cpus().length,
      },
      operations: keyedOperations(isolated.operations, keys),
      onAttached: ({ operations }) => {
        tell(`${attachedMark}${name} with ${operations.length} operations on ${folder}.`)
      },
      onReconnecting: (reason, delayMs) => {
        tell(`Not attached: ${reason} Trying again in ${(delayMs / 1000).toFixed(1)} s.`)
      },
      onLog: (level, message) => {
        if (level !== 'info') tell(message)
      },
    })
    io.signal.addEventListener('abort', () => void attached.stop(), { once: true })
    try {
      await attached.ended
    } catch (cause) {
      const error = CodedError.from(cause)
      const { message, fix } = endOf(name, error)
      const Failure = REFUSALS.has(error.code) ? RefusedError : OperatorError
      throw new Failure(message, fix, { cause: error })
    }
    return 0
  },
}

/** The reason why the hub refused the spoke permanently, and the fix. */
export function endOf(
  name: string,
  error: CodedError,
): { readonly message: string; readonly fix: string } {
  const { reason } = (error.details ?? {}) as { reason?: unknown }
  if (reason === 'disconnected')
    return {
      message: `An operator disconnected ${name}.`,
      fix: 'Start it again when you need it; it may attach again at any time.',
    }
  if (reason === 'taken-over')
    return {
      message: `Another process attached as ${name}.`,
      fix: 'Stop that one, or attach this folder under another name with --name NAME.',
    }
  if (error.code === 'UNAUTHENTICATED')
    return {
      message: 'The key is not valid, or no longer.',
      fix: 'Make another with `alkhub keys create NAME --scope spokes:attach` and name its file with --key-file FILE.',
    }
  return {
    message: `The hub does not take this spoke: ${error.message}`,
    fix: 'Check the key (it needs spokes:attach) and the name, then start again.',
  }
}
