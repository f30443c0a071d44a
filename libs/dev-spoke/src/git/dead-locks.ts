import { lstat, rm } from 'node:fs/promises'
import { uptime } from 'node:os'
import { join } from 'node:path'
import type { GitPlace } from './find-repository.ts'

/** The locks of a working tree that git leaves when it is killed. */
const LOCKS = ['index.lock', 'HEAD.lock']
const SLACK_MS = 60_000

/**
 * Removes locks that are older than the start of the machine: the git that took them is dead, and as long as they are there no other one writes. Of a younger
 * one it is not known whether its git still runs; git names it in its error.
 */
export async function removeDeadLocks({ gitDir }: GitPlace): Promise<void> {
  const startedAt = Date.now() - uptime() * 1000 - SLACK_MS
  for (const name of LOCKS) {
    const path = join(gitDir, name)
    // oxlint-disable no-await-in-loop -- two
    const info = await lstat(path).catch(() => undefined)
    if (info !== undefined && info.mtimeMs < startedAt) await rm(path, { force: true })
    // oxlint-enable no-await-in-loop
  }
}
