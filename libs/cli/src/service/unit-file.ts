import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import type { FlagSpec, Io, Parsed } from '../command.ts'
import { UsageError } from '../failure.ts'
import { unitMark } from './unit-text.ts'

export const unitFlags = {
  system: {
    type: 'boolean',
    summary: 'A unit of the system, which starts with the machine, in place of one of this user.',
  },
  name: { type: 'string', value: 'NAME', summary: 'Name of the unit (default alkhub).' },
} as const satisfies Record<string, FlagSpec>

/** The unit that the options name. */
export interface UnitFile {
  /** `alkhub.service`. */
  readonly name: string
  readonly path: string
  readonly isOfSystem: boolean
}

export function unitFile(args: Parsed, { env }: Io): UnitFile {
  const name = args.text('name') ?? 'alkhub'
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name))
    throw new UsageError(
      `\`${name}\` is not a name for a unit.`,
      'Use up to 64 small letters, digits and dashes.',
    )
  const isOfSystem = args.flag('system')
  const settings = env['XDG_CONFIG_HOME'] || join(env['HOME'] ?? homedir(), '.config')
  const folder = isOfSystem ? '/etc/systemd/system' : join(settings, 'systemd/user')
  return { name: `${name}.service`, path: join(folder, `${name}.service`), isOfSystem }
}

/** True when the unit is there; an OperatorError when it is not one of this clone. */
export async function isInstalled({ name, path }: UnitFile, clone: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw unreachable(path, error)
  })
  if (text === undefined) return false
  if (text.startsWith(`${unitMark(clone)}\n`)) return true
  throw new OperatorError(
    `${path} is not a unit of this clone.`,
    `Choose another name than \`${name.replace(/\.service$/, '')}\` with --name.`,
  )
}

export async function writeUnit({ path }: UnitFile, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text, { mode: 0o644 })
  } catch (error) {
    throw unreachable(path, error)
  }
}

export async function removeUnit({ path }: UnitFile): Promise<void> {
  await rm(path, { force: true }).catch((error: unknown) => {
    throw unreachable(path, error)
  })
}

function unreachable(path: string, cause: unknown): OperatorError {
  return new OperatorError(
    `${path} can't be read or written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    'A unit of the system needs root: repeat the command with `sudo`, or leave out --system.',
    { cause },
  )
}
