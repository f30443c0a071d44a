import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import type { FlagSpec, Io, Parsed } from '../command.ts'
import { NoHubError, UsageError } from '../failure.ts'
import { didYouMean } from '@alkdev/std'
import { readStack } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'
import { readContexts } from './contexts.ts'
import type { HubContext } from './contexts.ts'

/** Flags of every command that talks to a hub. */
export const hubFlags = {
  hub: {
    type: 'string',
    value: 'URL',
    summary: "The hub's URL (default: the context in use, else the stack of this clone).",
  },
  'key-file': {
    type: 'string',
    value: 'FILE',
    summary: 'File that holds the API key (default: that of the context or of this clone).',
  },
  context: {
    type: 'string',
    value: 'NAME',
    summary: 'The hub and key file of this context (`alkhub context list`).',
  },
} as const satisfies Record<string, FlagSpec>

/** The hub to use, and the file with the key for it. */
export interface HubTarget {
  readonly url: string
  readonly keyFile: string
}

/** A file of the clone with a key for its own stack. */
export type LocalKey = 'adminKey' | 'spokeKey'

/**
 * Finds the hub: `--hub`, `--context`, ALKHUB_HUB, the context in use, the stack of this clone, in this order. The key file:
 * `--key-file`, ALKHUB_KEY_FILE, that of the context, that of this clone. A key of this clone goes to the stack of this
 * clone and to no other hub. Throws UsageError or NoHubError.
 */
export async function hubTarget(
  args: Parsed,
  io: Pick<Io, 'env'>,
  local: LocalKey = 'adminKey',
): Promise<HubTarget> {
  const named = await namedHub(args, io.env)
  const ownUrl = named === undefined || named.keyFile === undefined ? await ownHub() : undefined
  const url = named?.hub ?? ownUrl
  if (url === undefined)
    throw new NoHubError(
      'No hub runs in this clone.',
      'Start one with `./alkhub up`, or name one with --hub URL.',
    )
  checkUrl(url)
  const keyFile = args.text('key-file') ?? text(io.env['ALKHUB_KEY_FILE']) ?? named?.keyFile
  if (keyFile !== undefined) return { url, keyFile }
  if (ownUrl !== undefined && samePlace(ownUrl, url)) return { url, keyFile: stackPaths()[local] }
  throw new UsageError(
    `The key for ${url} is not named.`,
    'Name its file with --key-file FILE, or keep both with `alkhub context add`.',
  )
}

/** Whether the commands of this clone go to its own stack, or to none because nothing runs and nothing is named. */
export async function isOwnStack(args: Parsed, io: Pick<Io, 'env'>): Promise<boolean> {
  const named = await namedHub(args, io.env)
  if (named === undefined) return true
  const own = await ownHub()
  return own !== undefined && URL.canParse(named.hub) && samePlace(own, named.hub)
}

async function namedHub(
  args: Parsed,
  env: Io['env'],
): Promise<{ readonly hub: string; readonly keyFile?: string } | undefined> {
  const hub = args.text('hub')
  const context = args.text('context')
  if (hub !== undefined && context !== undefined)
    throw new UsageError('--hub and --context contradict each other.', 'Give one.')
  if (hub !== undefined) return { hub }
  if (context !== undefined) return contextOf(context, env)
  const fromEnv = text(env['ALKHUB_HUB'])
  if (fromEnv !== undefined) return { hub: fromEnv }
  const { current } = await readContexts(env)
  return current === undefined ? undefined : contextOf(current, env)
}

async function contextOf(name: string, env: Io['env']): Promise<HubContext> {
  const { contexts } = await readContexts(env)
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined
  if (found) return found
  throw new UsageError(
    `There is no context \`${name}\`.${didYouMean(name, Object.keys(contexts))}`,
    'They are shown by `alkhub context list`.',
  )
}

/** True when both are the same address; all names of the loopback interface are equal. */
function samePlace(a: string, b: string): boolean {
  const [one, other] = [new URL(a), new URL(b)]
  if (one.port !== other.port || one.protocol !== other.protocol) return false
  return one.hostname === other.hostname || (isLoopback(one) && isLoopback(other))
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}

async function ownHub(): Promise<string | undefined> {
  return (await readStack(stackPaths()))?.report?.urls.gateway
}

function text(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

/** Throws UsageError for anything but an http or https URL without a password. */
export function checkUrl(url: string): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(
      `The hub's address must be an http or https URL, not \`${url}\`.`,
      'Write it as http://127.0.0.1:3000.',
    )
  if (new URL(url).password !== '')
    throw new UsageError(
      'A password in the URL would be visible to every user of this machine.',
      'Give a key with --key-file FILE.',
    )
}

/** The only line of a key file. Throws OperatorError. */
export async function readKeyFile(file: string): Promise<string> {
  const content = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new OperatorError(
      `The key file ${file} can't be read.`,
      'Name another with --key-file FILE.',
      { cause },
    )
  })
  const key = content.trim()
  if (!/^\S{8,512}$/.test(key))
    throw new OperatorError(
      `${file} does not hold one API key.`,
      'It must be one line, the key alone.',
    )
  return key
}
