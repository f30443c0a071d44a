import { dirname, resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { nearest } from '@alkdev/std'
import { readConfigFile } from './config-file.ts'
import type { ConfigTree } from './config-file.ts'
import { openAll } from './encrypted-values.ts'
import { failureLine } from './failure.ts'
import type { ConfigFailure } from './failure.ts'
import { configSections, isSectionName } from './hub-config.ts'
import type { SectionName } from './hub-config.ts'
import { readMasterKey } from './master-key-file.ts'
import { resolveSection } from './resolve.ts'
import { serviceSections } from './services.ts'
import type { ConfigService, ServiceConfig } from './services.ts'
import { validate, wrapSecrets } from './validate.ts'

export interface LoadConfigInput<S extends ConfigService> {
  /** YAML or JSON. */
  readonly path: string
  /** Needed when the sections in use hold encrypted values. */
  readonly masterKeyPath?: string
  readonly service: S
}

/** A configuration, or everything that is wrong with it. */
export type CheckedConfig<S extends ConfigService> =
  | { readonly config: ServiceConfig<S>; readonly failures: readonly [] }
  | { readonly config?: never; readonly failures: readonly ConfigFailure[] }

/**
 * Opens, fills in, validates and resolves the sections that the service uses. Collects every failure; throws OperatorError only when
 * a file can't be read at all.
 */
export async function checkConfig<S extends ConfigService>(
  input: LoadConfigInput<S>,
): Promise<CheckedConfig<S>> {
  const path = resolve(input.path)
  const tree = await readConfigFile(path)
  const key =
    input.masterKeyPath === undefined ? undefined : await readMasterKey(input.masterKeyPath)
  const failures: ConfigFailure[] = unknownSections(tree)
  const config: Partial<Record<SectionName, unknown>> = {}
  for (const name of serviceSections[input.service] as readonly SectionName[]) {
    const unopened: ConfigFailure[] = []
    const opened = await openAll(tree[name], [name], key, unopened)
    // Before the defaults are filled in.
    const given = new Set(Object.keys(opened ?? {}))
    const checked = validate(configSections[name], opened, [name])
    const known = new Set(unopened.map((failure) => failure.path))
    // What could not be opened is undefined now; that it is missing would be said twice.
    failures.push(...unopened, ...checked.failures.filter((failure) => !known.has(failure.path)))
    if (unopened.length > 0 || checked.failures.length > 0) continue
    const context = { service: input.service, folder: dirname(path), given, failures }
    config[name] = await resolveSection(
      name,
      wrapSecrets(configSections[name], checked.value),
      context,
    )
  }
  if (failures.length > 0) return { failures }
  return { config: config as ServiceConfig<S>, failures: [] }
}

function unknownSections(tree: ConfigTree): ConfigFailure[] {
  const known = Object.keys(configSections)
  return Object.keys(tree)
    .filter((name) => !isSectionName(name))
    .map((name) => {
      const [similar] = nearest(name, known)
      const hint = similar === undefined ? `known: ${known.join(', ')}` : `did you mean ${similar}?`
      return { path: name, expected: `is no section; ${hint}` }
    })
}

/**
 * The configuration of one service from its file: the sections that it uses and no others, defaults filled in, encrypted values opened,
 * secrets wrapped. Throws one OperatorError that lists every failure by its path, without any value of the file.
 */
export async function loadConfig<S extends ConfigService>(
  input: LoadConfigInput<S>,
): Promise<ServiceConfig<S>> {
  const { config, failures } = await checkConfig(input)
  if (config !== undefined) return config
  const lines = failures.map((failure) => `\n  ${failureLine(failure)}`).join('')
  const mistakes = failures.length === 1 ? '1 mistake' : `${failures.length} mistakes`
  throw new OperatorError(
    `The configuration of ${input.service} has ${mistakes}:${lines}`,
    `Correct ${resolve(input.path)}; docs/reference/config.md lists every setting.`,
  )
}
