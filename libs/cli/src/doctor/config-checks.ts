import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, relative } from 'node:path'
import {
  checkConfig,
  configServices,
  failureLine,
  initFiles,
  MASTER_KEY_FILE,
  plainSecrets,
  serviceConfigFile,
} from '@alkdev/config'
import type { ConfigPaths, ConfigService } from '@alkdev/config'
import { failed, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

/** The service that a config file is for, by its name; the gateway's when that says nothing. */
export function serviceOf(path: string): ConfigService {
  const name = basename(path, extname(path))
  return configServices.find((service) => service === name) ?? 'gateway'
}

/** All faults of one config file: settings, secrets in plain text, and its file mode. */
export async function checkConfigFile(target: ConfigPaths): Promise<Finding[]> {
  const check = 'config'
  const findings: Finding[] = []
  try {
    const { failures } = await checkConfig({ ...target, service: serviceOf(target.path) })
    const sealed = failures.filter(({ isSealed }) => isSealed === true)
    const others = failures.filter(({ isSealed }) => isSealed !== true)
    if (sealed.length > 0)
      findings.push(
        wrong(
          check,
          `${target.path}: the master key does not open ${sealed.map(({ path }) => path).join(', ')}.`,
          `Use the master key that the file was made with (${target.masterKeyPath ?? 'ALKHUB_MASTER_KEY_PATH'}); a backup of the hub has it.`,
        ),
      )
    if (others.length > 0)
      findings.push(
        wrong(
          check,
          `${target.path}: ${others.map(failureLine).join('; ')}.`,
          'Correct it with `alkhub config set`; docs/reference/config.md lists every setting.',
        ),
      )
    const open = await plainSecrets(target.path)
    if (open.length > 0)
      findings.push(
        wrong(
          check,
          `${target.path} holds ${open.join(', ')} in clear.`,
          'Seal each with `alkhub config set SETTING --value-file FILE`.',
        ),
      )
  } catch (error) {
    findings.push(failed(check, error))
  }
  return findings.length > 0 ? findings : [ok(check, `${target.path} is in order.`)]
}

/** Checks the config files of a folder, its master key, and whether the set is complete. Empty for a missing folder. */
export async function checkConfigFolder(dir: string): Promise<Finding[]> {
  const names = await readdir(dir).catch(() => undefined)
  if (names === undefined || names.length === 0) return []
  const check = `config (${basename(dirname(dir))}/${basename(dir)})`
  const services = configServices.filter((service) => names.includes(serviceConfigFile(service)))
  const findings = await Promise.all(
    services.map((service) =>
      checkConfigFile({
        path: join(dir, serviceConfigFile(service)),
        masterKeyPath: join(dir, MASTER_KEY_FILE),
      }),
    ),
  )
  const bad = findings.flat().filter((one) => one.state !== 'ok')
  const whole = await checkFolderMode(dir, names)
  const all = [...bad, ...whole].map((finding) => ({ ...finding, check }))
  return all.length > 0 ? all : [ok(check, `${services.length} config files are in order.`)]
}

async function checkFolderMode(dir: string, names: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = []
  const folder = (await stat(dir)).mode & 0o077
  const key = await stat(join(dir, MASTER_KEY_FILE)).then(
    ({ mode }) => mode & 0o077,
    () => undefined,
  )
  if (key === undefined)
    findings.push(
      wrong(
        '',
        `${dir} has no ${MASTER_KEY_FILE}.`,
        'Restore it from a copy: without it nothing opens.',
      ),
    )
  else if (key !== 0 && folder !== 0)
    findings.push(
      wrong('', `Others on this machine may read ${dir}.`, `Keep them out: \`chmod 700 ${dir}\`.`),
    )
  return names.includes('redis.acl') ? [...findings, ...missingFiles(dir, names)] : findings
}

function missingFiles(dir: string, names: readonly string[]): Finding[] {
  const missing = initFiles().filter((file) => !names.includes(file))
  if (missing.length === 0) return []
  return [
    wrong('', `${dir} lacks ${missing.join(', ')}.`, 'Restore what is missing from a backup.'),
  ]
}

/** Whether Compose finds the secrets that were made for it. */
export async function checkComposeEnv(root: string, dir: string): Promise<Finding[]> {
  if ((await readdir(dir).catch(() => [])).length === 0) return []
  const text = await readFile(join(root, '.env'), 'utf8').catch(() => '')
  if (/^ALKHUB_SECRETS=/m.test(text) && /^COMPOSE_FILE=/m.test(text)) return []
  return [
    wrong(
      'compose',
      `${relative(root, dir)}/ is there, and .env does not say so.`,
      'Run `alkhub config init --compose`: it adds the lines and changes nothing else.',
    ),
  ]
}
