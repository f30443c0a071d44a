import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const require = createRequire(import.meta.url)
const cli = require.resolve('@modelcontextprotocol/conformance/dist/index.js')
const TIMEOUT_MS = 240_000

export interface Check {
  readonly id: string
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO'
  readonly errorMessage?: string
  readonly details?: unknown
}

/** A scenario and its checks. */
export type Scenarios = ReadonlyMap<string, readonly Check[]>

/** The scenarios that a revision of MCP requires of servers, as the suite lists them. */
export async function scoredScenarios(revision: string): Promise<string[]> {
  const list = join(dirname(cli), '..', 'requirements', `${revision}.yaml`)
  const [, servers = ''] = (await readFile(list, 'utf8')).split(/^server:\n/m)
  const [own = ''] = servers.split(/^\w/m)
  return Array.from(own.matchAll(/^ {2}- (\S+)$/gm), ([, name = '']) => name)
}

/** Runs the scenarios of a revision against a server. With `scenario`, that one alone. */
export async function runSuite(
  url: string,
  revision: string,
  scenario?: string,
): Promise<Scenarios> {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-conformance-'))
  try {
    const what =
      scenario === undefined
        ? ['--requirements', revision]
        : ['--spec-version', revision, '--scenario', scenario]
    // A failing check is an exit code; the results say which.
    await promisify(execFile)(
      process.execPath,
      [cli, 'server', '--url', url, ...what, '-o', folder],
      { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
    ).catch((error: { code?: unknown }) => {
      if (error.code !== 1) throw error
    })
    const found = new Map<string, Check[]>()
    for (const name of await readdir(folder)) {
      const checks = await readFile(join(folder, name, 'checks.json'), 'utf8')
      const [, of = name] = /^server-(.*?)-\d{4}-\d\d-\d\dT.*$/.exec(name) ?? []
      found.set(of, JSON.parse(checks) as Check[])
    }
    return found
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The checks that did not succeed, each with its reason. */
export function failuresOf(checks: readonly Check[]): string[] {
  return checks
    .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
    .map(({ id, errorMessage }) => `${id}: ${errorMessage ?? ''}`)
}
