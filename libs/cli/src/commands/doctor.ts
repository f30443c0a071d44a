import { join, relative } from 'node:path'
import { CONFIG_PATH_VARIABLE, MASTER_KEY_FILE, serviceConfigFile } from '@alkdev/config'
import type { ConfigPaths } from '@alkdev/config'
import type { Command, Io, Parsed } from '../command.ts'
import { checkComposeEnv, checkConfigFile, checkConfigFolder } from '../doctor/config-checks.ts'
import { checkOauth } from '../doctor/oauth-checks.ts'
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
    'Checks this machine, the stack and the config files of this clone, and PostgreSQL and Redis of the running stack or of --config.\nNames each problem and its fix. Exit code 1 when there is a problem.',
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
    oauth: () => checkOauth(target?.named === true ? target.paths : ownMcp(paths)),
    compose: () => checkComposeEnv(paths.root, secrets),
    ...(target && {
      ...(target.named && { config: () => checkConfigFile(target.paths) }),
      database: () => checkPostgres(target.paths),
      redis: () => checkRedis(target.paths),
    }),
  }
}

/** The config whose servers are checked: the named one, else that of the running stack. */
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

function ownMcp({ config }: StackPaths): ConfigPaths {
  const path = join(config, serviceConfigFile('mcp'))
  return { path, masterKeyPath: join(config, MASTER_KEY_FILE) }
}

/** Removes the reference to this command from the fixes of services, because it would not help here. */
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
