import { basename, dirname, join, resolve } from 'node:path'
import { getValue, MASTER_KEY_FILE, serviceConfigFile, setValue } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { Io, Parsed } from '../../command.ts'
import { UsageError } from '../../failure.ts'
import { isOwnStack } from '../../hub/hub-target.ts'
import { print } from '../../hub/print.ts'
import { findProgram } from './find-program.ts'
import { isThere } from '../../operator/config-target.ts'
import { stackPaths } from '../../stack/paths.ts'
import { startedAs } from '../../started-as.ts'

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/
/** Flags of the command that say nothing of a program. */
const OF_ADDRESSES = ['base-url', 'type', 'header', 'secret-file', 'in-any-case']

/**
 * Adds a program as an MCP server to the config file of the mcp service: `--config`, else that of the stack of this clone. A hub that stored the
 * command would run it for every account that may add clients. Throws OperatorError for another hub.
 */
export async function addProgram(
  { name, command, args }: { name: string; command: string; args: readonly string[] },
  flags: Parsed,
  io: Io,
): Promise<number> {
  const other = OF_ADDRESSES.find((flag) => flags.flag(flag) || flags.text(flag) !== undefined)
  if (other !== undefined)
    throw new UsageError(`--${other} is not for a program.`, 'Leave it out, or give a URL.')
  if (!NAME.test(name))
    throw new UsageError(
      `\`${name}\` can not be the name of a server.`,
      'Take small letters, digits and -, 63 at most.',
    )
  const path = await configFile({ name, command, args }, flags, io)
  // Another file may be for another machine.
  if (
    flags.text('config') === undefined &&
    findProgram(command, { cwd: io.cwd, path: io.env['PATH'] }) === undefined
  )
    throw new OperatorError(
      `${command} is neither a URL, nor a file, nor a program on the PATH.`,
      'A URL begins with https:// or http://. Name a program that is elsewhere by its whole path.',
    )
  const setting = `mcpServers.${name}`
  const masterKeyPath = join(dirname(path), MASTER_KEY_FILE)
  const target = { path, ...((await isThere(masterKeyPath)) && { masterKeyPath }) }
  if ((await getValue({ ...target, setting })) !== undefined)
    throw new OperatorError(
      `${path} has a server ${name} already.`,
      `Take another name, or change it: \`alkhub config set ${setting} VALUE --config ${path}\`.`,
    )
  const organization = flags.text('org')
  const scopes = flags.texts('scope')
  const value = {
    command,
    ...(args.length > 0 && { args: [...args] }),
    ...(scopes.length > 0 && { scopes: [...scopes] }),
    ...(flags.flag('pinned') && { pinned: true }),
    ...compact({ organization }),
  }
  await setValue({ ...target, setting, value, encrypt: false })
  const again =
    flags.text('config') === undefined
      ? `Start the stack again to run it: \`${startedAs(io)} down\`, then \`${startedAs(io)} up\`.`
      : 'Start the mcp service again to run it.'
  print(
    io,
    flags.flag('json'),
    { name, path, ...value },
    () =>
      `Added the program ${[command, ...args].join(' ')} as ${name} to ${path}. ${again} Then \`${startedAs(io)} clients status ${name}\` shows whether it runs.`,
  )
  return 0
}

async function configFile(
  { name, command, args }: { name: string; command: string; args: readonly string[] },
  flags: Parsed,
  io: Io,
): Promise<string> {
  const given = flags.text('config')
  if (given !== undefined) return resolve(io.cwd, given)
  const path = join(stackPaths().config, serviceConfigFile('mcp'))
  if ((await isOwnStack(flags, io)) && (await isThere(path))) return path
  const shown = [`command: ${command}`, ...(args.length > 0 ? [`args: [${args.join(', ')}]`] : [])]
  throw new OperatorError(
    `${basename(command)} is neither a URL nor a file, and a program can not be added to another hub.`,
    `Add it to \`mcpServers\` in the configuration of the mcp service, with --config FILE or by hand: \`${name}: {${shown.join(', ')}}\` (docs/guides/add-an-outside-service.md).`,
  )
}
