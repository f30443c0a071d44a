import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import type { Io } from '../command.ts'

/** A named hub: its URL and the file that contains the API key. The key itself is not stored here. */
export interface HubContext {
  readonly hub: string
  readonly keyFile: string
}

export interface Contexts {
  /** The context that commands use without `--hub`, `--context` and ALKHUB_HUB. */
  readonly current?: string
  readonly contexts: Readonly<Record<string, HubContext>>
}

/** `alkhub/contexts.json` of the user's configuration folder: $XDG_CONFIG_HOME, else ~/.config. */
export function contextsFile(env: Io['env']): string {
  const home = env['HOME'] !== undefined && env['HOME'] !== '' ? env['HOME'] : homedir()
  const folder = env['XDG_CONFIG_HOME']
  return join(
    folder === undefined || folder === '' ? join(home, '.config') : folder,
    'alkhub',
    'contexts.json',
  )
}

/** The named hubs of this user; none when the file does not exist. Throws OperatorError for a file that can't be read. */
export async function readContexts(env: Io['env']): Promise<Contexts> {
  const file = contextsFile(env)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { contexts: {} }
    throw new OperatorError(`${file} can't be read.`, 'Give this user the right to read it.', {
      cause,
    })
  }
  try {
    return checked(JSON.parse(text))
  } catch (cause) {
    throw new OperatorError(
      `${file} does not hold contexts.`,
      'Correct it, or remove it and add the hubs again with `alkhub context add`.',
      { cause },
    )
  }
}

function checked(value: unknown): Contexts {
  const { current, contexts } = value as Partial<Contexts>
  const entries = Object.entries(contexts ?? {})
  if (!entries.every(([, one]) => typeof one.hub === 'string' && typeof one.keyFile === 'string'))
    throw new TypeError('a context lacks its hub or its key file')
  return {
    ...(typeof current === 'string' && { current }),
    contexts: Object.fromEntries(entries),
  }
}

/** Replaces the file in one step; mode 0600. */
export async function writeContexts(env: Io['env'], contexts: Contexts): Promise<void> {
  const file = contextsFile(env)
  const next = `${file}.${process.pid}.new`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(next, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 })
    await rename(next, file)
  } catch (cause) {
    throw new OperatorError(`${file} can't be written.`, 'Give this user the right to write it.', {
      cause,
    })
  }
}
