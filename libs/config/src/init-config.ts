import { randomBytes } from 'node:crypto'
import {
  appendFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
} from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { generateKey, generateKeyRing, sha256Hex } from '@alkdev/crypto'
import { OperatorError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import { writePrivateFile } from './config-file.ts'
import { configServices } from './services.ts'
import { MASTER_KEY_FILE, serviceConfigFile, writeServiceConfigs } from './write-service-configs.ts'
import type { WriteServiceConfigsInput } from './write-service-configs.ts'

export const POSTGRES_PASSWORD_FILE = 'postgres-password'
export const REDIS_PASSWORD_FILE = 'redis-password'
export const REDIS_ACL_FILE = 'redis.acl'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

export interface InitConfigInput {
  /** Folder that gets the files, `secrets/` for compose. Made with mode 0700, in a volume 0755. */
  readonly dir: string
  /**
   * For containers: servers are found by their compose names, services listen on all addresses, and files get mode 0644, because each
   * container reads its mounted file as a user of its own; the folder's 0700 keeps other users of the machine out.
   */
  readonly compose: boolean
  /**
   * With `compose`: `dir` is in a volume of the stack, and the services read it as its owner. The folder gets mode 0755, the files of
   * PostgreSQL and Redis 0644, and all others 0600. Default: false.
   */
  readonly volume?: boolean
  /** Default `postgres:5432` with compose, else `127.0.0.1:5432`. */
  readonly postgres?: ServerAddress
  /** Default `redis:6379` with compose, else `127.0.0.1:6379`. */
  readonly redis?: ServerAddress
  readonly ports?: WriteServiceConfigsInput['ports']
  readonly sections?: WriteServiceConfigsInput['sections']
  /**
   * A file that Compose reads (`.env`): gets the lines `ALKHUB_SECRETS=<dir>` and `COMPOSE_FILE=...` unless it has them. Holds paths, no
   * secret.
   */
  readonly envFile?: string
}

export interface InitConfigResult {
  /** False: everything was there already and nothing was touched. */
  readonly created: boolean
  readonly dir: string
  readonly files: readonly string[]
}

/** Compose mounts the files of a folder with the second file, in place of the volume. */
const COMPOSE_FILES = 'docker-compose.yml:docker-compose.files.yml'
/** The networks of containers are private, and only containers reach the services there. */
const TRUSTED_PROXIES = ['uniquelocal']
const USER = 'alkhub'
const DATABASE = 'alkhub'

/** Names of all files that `initConfig` makes. */
export function initFiles(): string[] {
  const own = [MASTER_KEY_FILE, POSTGRES_PASSWORD_FILE, REDIS_PASSWORD_FILE, REDIS_ACL_FILE]
  return [...own, ...configServices.map((service) => serviceConfigFile(service))]
}

/**
 * The Redis users: the default one is off; ours has every command that a client needs and none that could change the server, stop it or
 * read other clients. Holds the hash of the password only.
 */
export function redisAcl(password: string): string {
  const rules =
    '~* &* +@all -@admin -@dangerous +info +config|get +client|setname +client|getname +client|id'
  return `user default off\nuser ${USER} on #${sha256Hex(password)} ${rules}\n`
}

/**
 * Makes, once, everything that a deployment keeps secret: master key, Postgres and Redis passwords, bus key, encryption key ring, and
 * one encrypted config per process. All files appear together; nothing that exists is overwritten.
 * Throws OperatorError when only some of them exist: then a new key could not open what the old one sealed.
 */
export async function initConfig(input: InitConfigInput): Promise<InitConfigResult> {
  const dir = resolve(input.dir)
  const files = initFiles()
  const there = new Set(await readdir(dir).catch(() => []))
  const missing = files.filter((file) => !there.has(file))
  if (missing.length === 0) {
    await ensureEnvLines(input.envFile, dir)
    return { created: false, dir, files }
  }
  if (missing.length < files.length)
    throw new OperatorError(
      `${dir} is incomplete: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
      `Restore what is missing from a backup. Only if nothing was sealed with these keys yet: delete ${dir} and run \`alkhub config init\` again.`,
    )
  await mkdir(dirname(dir), { recursive: true })
  const stage = await mkdtemp(join(dirname(dir), `.${basename(dir)}-`))
  try {
    await writeAll(stage, input)
    await publish(stage, dir, files, {
      shared: there.size > 0,
      mode: input.volume === true ? 0o755 : 0o700,
    })
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
  await ensureEnvLines(input.envFile, dir)
  return { created: true, dir, files }
}

async function ensureEnvLines(envFile: string | undefined, dir: string): Promise<void> {
  if (envFile === undefined) return
  const text = await readFile(envFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const inside = relative(dirname(resolve(envFile)), dir)
  const value = inside.startsWith('..') ? dir : `./${inside}`
  const lines = [
    ...(/^ALKHUB_SECRETS=/m.test(text) ? [] : [`ALKHUB_SECRETS=${value}\n`]),
    ...(/^COMPOSE_FILE=/m.test(text) ? [] : [`COMPOSE_FILE=${COMPOSE_FILES}\n`]),
  ]
  if (lines.length === 0) return
  const gap = text === '' || text.endsWith('\n') ? '' : '\n'
  await appendFile(envFile, `${gap}${lines.join('')}`)
}

async function writeAll(dir: string, input: InitConfigInput): Promise<void> {
  const volume = input.volume === true
  const open = input.compose ? 0o644 : 0o600
  const mode = volume ? 0o600 : open
  const postgres = input.postgres ?? { host: input.compose ? 'postgres' : '127.0.0.1', port: 5432 }
  const redis = input.redis ?? { host: input.compose ? 'redis' : '127.0.0.1', port: 6379 }
  const password = {
    postgres: randomBytes(24).toString('hex'),
    redis: randomBytes(24).toString('hex'),
  }
  await writePrivateFile(join(dir, POSTGRES_PASSWORD_FILE), password.postgres, { mode: open })
  await writePrivateFile(join(dir, REDIS_PASSWORD_FILE), password.redis, { mode })
  await writePrivateFile(join(dir, REDIS_ACL_FILE), redisAcl(password.redis), {
    mode: open,
  })
  await writeServiceConfigs({
    dir,
    mode,
    postgresUrl: `postgres://${USER}:${password.postgres}@${postgres.host}:${postgres.port}/${DATABASE}`,
    redisUrl: `redis://${USER}:${password.redis}@${redis.host}:${redis.port}`,
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
    ...(input.compose && { host: '0.0.0.0' }),
    sections: {
      ...(input.compose && { http: { trustedProxies: TRUSTED_PROXIES } }),
      ...input.sections,
    },
    ...compact({ ports: input.ports }),
  })
}

/** Moves the stage to its place as a whole; into a folder that holds other things file by file, never over one that exists. */
async function publish(
  stage: string,
  dir: string,
  files: readonly string[],
  { shared, mode }: { readonly shared: boolean; readonly mode: number },
): Promise<void> {
  await chmod(stage, mode)
  try {
    if (!shared) return await rename(stage, dir)
    await chmod(dir, mode)
    for (const file of files) await link(join(stage, file), join(dir, file))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason'
    throw new OperatorError(
      `${dir} could not be filled (${code}).`,
      `Check that no other user is running \`alkhub config init\`, and that ${dir} may be written.`,
      { cause: error },
    )
  }
}
