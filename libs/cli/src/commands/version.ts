import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SCHEMA_LEVEL } from '@alkdev/storage'
import type { Command } from '../command.ts'
import { print } from '../hub/print.ts'
import { stackPaths } from '../stack/paths.ts'

const run = promisify(execFile)

export const version: Command = {
  usage: '',
  summary: 'Prints the version, the commit, the schema level of the database, and that of Node.',
  flags: {},
  async run(args, io) {
    const { root } = stackPaths()
    const facts = {
      version: await readVersion(root),
      commit: await commitOf(root),
      schemaLevel: SCHEMA_LEVEL,
      node: process.version,
    }
    print(io, args.flag('json'), facts, () => {
      const commit = facts.commit === null ? '' : ` (${facts.commit})`
      return `alkhub ${facts.version}${commit}, schema level ${facts.schemaLevel}, Node ${facts.node}`
    })
    return 0
  },
}

/** The version in the manifest of this package. */
export async function readVersion(root: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(root, 'libs/cli/package.json'), 'utf8')) as {
    version?: string
  }
  return manifest.version ?? '0.0.0'
}

/** The commit that is checked out, `+` after it when files are changed; null outside a git clone. */
async function commitOf(root: string): Promise<string | null> {
  const args = ['-C', root, 'describe', '--always', '--dirty=+', '--abbrev=10', '--exclude=*']
  return run('git', args, { timeout: 5000 }).then(
    ({ stdout }) => stdout.trim() || null,
    () => null,
  )
}
