import { execFile } from 'node:child_process'
import { delimiter } from 'node:path'
import { promisify } from 'node:util'
import type { Language } from './spoke-folder.ts'

/** The first Node that runs TypeScript files without a flag. */
const TYPESCRIPT_NODE = [22, 18] as const
const VERSION_DEADLINE_MS = 5000

export interface DefaultLanguage {
  readonly language: Language
  /** Why it is not TypeScript. */
  readonly reason?: string
}

/**
 * The language of a new spoke when none is chosen: TypeScript, or JavaScript when the Node that will run it is too old. That Node is the
 * first one on `path`, without `ownFolder`, which `./alkhub` puts in front. TypeScript when no Node answers within 5 seconds.
 */
export async function defaultLanguage(
  path: string | undefined,
  ownFolder: string,
): Promise<DefaultLanguage> {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== ownFolder)
  const version = await nodeVersion(folders.join(delimiter))
  if (version === undefined || runsTypeScript(version)) return { language: 'ts' }
  return {
    language: 'js',
    reason: `It is JavaScript because the Node of this machine is ${version} and TypeScript needs ${TYPESCRIPT_NODE.join('.')}; --lang ts overrides this.`,
  }
}

async function nodeVersion(path: string): Promise<string | undefined> {
  const found = await promisify(execFile)('/usr/bin/env', ['node', '--version'], {
    env: { PATH: path },
    timeout: VERSION_DEADLINE_MS,
  }).catch(() => undefined)
  return /^v(\d+\.\d+\.\d+)/.exec(found?.stdout ?? '')?.[1]
}

function runsTypeScript(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor, leastMinor] = TYPESCRIPT_NODE
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}
