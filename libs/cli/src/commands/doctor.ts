import { join, relative } from 'node:path'
import { CONFIG_PATH_VARIABLE, MASTER_KEY_FILE, serviceConfigFile } from '@alkdev/config'
import type { ConfigPaths } from '@alkdev/config'
import type { Command, Io, Parsed } from '../command.ts'
import { checkComposeEnv, checkConfigFile, checkConfigFolder } from '../doctor/config-checks.ts'
import { runChecks } from '../doctor/finding.ts'
import type { Check, Finding } from '../doctor/finding.ts'
import { checkDisk, checkNode, checkPackages, checkPrograms } from '../doctor/machine-checks.ts'
import { checkPostgres, checkRedis } from '../doctor/server-checks.ts'
import { checkKeyFiles, checkStack } from '../doctor/stack-checks.ts'
import { print } from '../hub/print.ts'
import { configFlags, configTarget } from '../operator/config-target.ts'
import { readStack } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'
import type { StackPaths } from '../stack/paths.ts'

export const doctor: Command = {
  usage: '[options]',
  summary:
    'Looks for what is wrong: with this machine, with the stack and the config files of this clone, with PostgreSQL and Redis of the running stack or of --config.\nNames each thing and its fix. Exit code 1 when something is wrong.',
  flags: configFlags,
  async run(args, io) {
    const paths = stackPaths()
    const findings = (await runChecks(await checksOf(paths, args, io))).map(withoutItself)
    const healthy = findings.every((finding) => finding.state !== 'wrong')
    print(io, args.flag('json'), { healthy, findings }, () => report(findings))
    return healthy ? 0 : 1
  },
}

async function checksOf(paths: StackPaths, args: Parsed, io: Io): Promise<Record<string, Check>> {
  const target = await serversOf(paths, args, io)
  const secrets = join(paths.root, 'secrets')
  return {
    Node: async () => [checkNode()],
    packages: async () => [await checkPackages(paths.root)],
    programs: () => checkPrograms(io.env),
    disk: () => checkDisk(paths),
    stack: () => checkStack(paths),
    'key files': () => checkKeyFiles(paths),
    [`config (${relative(paths.root, paths.config)})`]: () => checkConfigFolder(paths.config),
    'config (secrets)': () => checkConfigFolder(secrets),
    compose: () => checkComposeEnv(paths.root, secrets),
    ...(target && {
      ...(target.named && { config: () => checkConfigFile(target.paths) }),
      database: () => checkPostgres(target.paths),
      redis: () => checkRedis(target.paths),
    }),
  }
}

/** The config whose servers are looked at: the one that is named, else that of the running stack. */
async function serversOf(
  paths: StackPaths,
  args: Parsed,
  io: Io,
): Promise<{ readonly paths: ConfigPaths; readonly named: boolean } | undefined> {
  if (args.text('config') !== undefined || io.env[CONFIG_PATH_VARIABLE])
    return { paths: await configTarget(args, io), named: true }
  if ((await readStack(paths)) === undefined) return undefined
  const path = join(paths.config, serviceConfigFile('gateway'))
  return { paths: { path, masterKeyPath: join(paths.config, MASTER_KEY_FILE) }, named: false }
}

/** Services refer to this command in their fixes; here that would be no advice. */
function withoutItself(finding: Finding): Finding {
  if (finding.fix === undefined) return finding
  return { ...finding, fix: finding.fix.replace('; `alkhub doctor` tells more.', '.') }
}

const marks = { ok: '✓', note: '·', wrong: '✗' } as const

function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length)) + 2
  const lines = findings.map(({ check, state, says, fix }) => {
    const line = `${marks[state]} ${check.padEnd(width)}${says}`
    return fix === undefined ? line : `${line}\n  ${' '.repeat(width)}${fix}`
  })
  const count = findings.filter(({ state }) => state === 'wrong').length
  const end =
    count === 0
      ? 'Nothing is wrong.'
      : `${count === 1 ? '1 thing is' : `${count} things are`} wrong.`
  return `${lines.join('\n')}\n\n${end}`
}
