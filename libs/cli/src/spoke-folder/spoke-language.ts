import { execFile } from 'node:child_process'
import { delimiter } from 'node:path'
import { promisify } from 'node:util'
import type { Language } from './spoke-folder.ts'

/** The first Node that runs the spoke, without a flag. */
const LEAST_NODE = { ts: [22, 18], js: [20, 0] } as const
const VERSION_DEADLINE_MS = 5000

export interface SpokeLanguage {
  readonly language: Language
  /** A sentence about the Node of this machine, when it decided the language or is too old for it. */
  readonly note?: string
}

/**
 * The language of a new spoke. When none is chosen: TypeScript, or JavaScript when the Node that will run it is too old. That Node is the
 * first one on `path`, without `ownFolder`, which `./alkhub` puts in front. TypeScript when no Node answers within 5 seconds.
 */
export async function spokeLanguage(
  chosen: Language | undefined,
  path: string | undefined,
  ownFolder: string,
): Promise<SpokeLanguage> {
  if (chosen === 'python') return { language: chosen }
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== ownFolder)
  const version = await nodeVersion(folders.join(delimiter))
  const wanted = chosen ?? 'ts'
  if (version === undefined || runs(wanted, version)) return { language: wanted }
  if (chosen !== undefined)
    return {
      language: chosen,
      note: `It needs Node ${LEAST_NODE[chosen].join('.')} or newer to run, and the Node of this machine is ${version}.`,
    }
  return {
    language: 'js',
    note: `It is JavaScript because the Node of this machine is ${version} and TypeScript needs ${LEAST_NODE.ts.join('.')}; --lang ts overrides this.`,
  }
}

async function nodeVersion(path: string): Promise<string | undefined> {
  const found = await promisify(execFile)('/usr/bin/env', ['node', '--version'], {
    env: { PATH: path },
    timeout: VERSION_DEADLINE_MS,
  }).catch(() => undefined)
  return /^v(\d+\.\d+\.\d+)/.exec(found?.stdout ?? '')?.[1]
}

function runs(language: 'ts' | 'js', version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor, leastMinor] = LEAST_NODE[language]
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}
