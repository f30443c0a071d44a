import { join } from 'node:path'
import { generateKey } from '@alkdev/crypto'
import type { MasterKey } from '@alkdev/crypto'
import { compact } from '@alkdev/std'
import { exists, formatConfig, readConfigFile, writePrivateFile } from './config-file.ts'
import type { ConfigTree } from './config-file.ts'
import { isEncryptedValue, openSection, sealValue } from './encrypted-values.ts'
import type { TSchema } from '@alkdev/typebox'
import { memberSchema } from './config-path.ts'
import { configSections } from './hub-config.ts'
import type { SectionName } from './hub-config.ts'
import { readMasterKey } from './master-key-file.ts'
import { configServices, serviceSections } from './services.ts'
import type { ConfigService } from './services.ts'

export const MASTER_KEY_FILE = 'master.key'

/** File name of a service's config. */
export function serviceConfigFile(service: ConfigService): string {
  return `${service}.json`
}

/** Every process but `migrate` listens on a port. */
export type ServicePorts = Readonly<Partial<Record<Exclude<ConfigService, 'migrate'>, number>>>

export interface WriteServiceConfigsInput {
  readonly dir: string
  /** `postgres://user:password@host:port/database` */
  readonly postgresUrl: string
  /** `redis://user:password@host:port` */
  /** Without it the member `redis` of `sections` says where Redis is. */
  readonly redisUrl?: string
  /** 32 bytes as base64 (`generateKey`). */
  readonly busKey: string
  /** `v1:base64,...` (`generateKeyRing`). */
  readonly encryptionKeys: string
  readonly ports?: ServicePorts
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string
  /** Begins every Redis key. Default `alkhub`. */
  readonly redisPrefix?: string
  /** Further sections, plain (`{logging: {level: 'debug'}}`); values are merged over those written here, member by member. */
  readonly sections?: Readonly<Partial<Record<SectionName, Readonly<ConfigTree>>>>
  /**
   * Keep the settings of files that exist, except those that this call names. Default: replace the files. `initial` has values of settings
   * that a file does not have yet.
   */
  readonly keep?: {
    readonly initial?: Readonly<Partial<Record<SectionName, Readonly<ConfigTree>>>>
  }
  /** Mode of all files. Default 0600. */
  readonly mode?: number
}

export interface WrittenConfigs {
  readonly masterKeyPath: string
  readonly configPaths: Readonly<Record<ConfigService, string>>
}

/** The master key of a folder, made on first use with mode 0600. */
export async function ensureMasterKey(path: string, mode = 0o600): Promise<MasterKey> {
  if (!(await exists(path)))
    await writePrivateFile(path, `${generateKey()}\n`, { replace: false, mode })
  return readMasterKey(path)
}

function plainSections(input: WriteServiceConfigsInput): Record<string, unknown> {
  const { host, ports, redisPrefix, redisUrl } = input
  return {
    postgres: { url: input.postgresUrl },
    redis: compact({ url: redisUrl, prefix: redisPrefix }),
    bus: { key: input.busKey },
    encryptionKeys: input.encryptionKeys,
    http: compact({ host, ports }),
  }
}

const SEALED: ReadonlySet<string> = new Set<SectionName>(['postgres', 'redis', 'encryptionKeys'])

/** `value` with everything sealed that is secret; sections of connections whole, so that not even host names lie open. */
async function sealSection(
  name: SectionName,
  value: unknown,
  key: MasterKey,
  wasSealed: boolean,
): Promise<unknown> {
  return wasSealed || SEALED.has(name)
    ? sealValue(value, [name], key)
    : sealSecrets(configSections[name], value, [name], key)
}

async function sealSecrets(
  schema: TSchema | undefined,
  value: unknown,
  path: readonly string[],
  key: MasterKey,
): Promise<unknown> {
  if (schema === undefined || isEncryptedValue(value)) return value
  if (schema['secret'] === true) return sealValue(value, path, key)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const members = Object.entries(value).map(async ([name, member]) => [
    name,
    await sealSecrets(memberSchema(schema, name), member, [...path, name], key),
  ])
  return Object.fromEntries(await Promise.all(members)) as unknown
}

/**
 * Writes one config file per process into `dir`, each with the sections that it uses and everything secret encrypted under
 * `dir/master.key`, which is made when it is not there and kept when it is. Config files that are there
 * are replaced, each whole or not at all; with `keep` their other settings stay, and an OperatorError names a file that can't be read.
 */
export async function writeServiceConfigs(
  input: WriteServiceConfigsInput,
): Promise<WrittenConfigs> {
  const masterKeyPath = join(input.dir, MASTER_KEY_FILE)
  const key = await ensureMasterKey(masterKeyPath, input.mode)
  const plain = plainSections(input)
  const extra = input.sections ?? {}
  const initial = input.keep?.initial ?? {}
  const paths = {} as Record<ConfigService, string>
  for (const service of configServices) {
    const path = join(input.dir, serviceConfigFile(service))
    const former = input.keep && (await exists(path)) ? await readConfigFile(path) : {}
    const tree: ConfigTree = {}
    for (const name of serviceSections[service] as readonly SectionName[]) {
      const base = plain[name]
      const kept = await openSection(former[name], name, key)
      const value =
        typeof base === 'string'
          ? base
          : { ...initial[name], ...kept, ...(base as ConfigTree | undefined), ...extra[name] }
      if (typeof value === 'string' || Object.keys(value).length > 0)
        tree[name] = await sealSection(name, value, key, isEncryptedValue(former[name]))
    }
    await writePrivateFile(path, formatConfig(tree, path), { mode: input.mode ?? 0o600 })
    paths[service] = path
  }
  return { masterKeyPath, configPaths: paths }
}
