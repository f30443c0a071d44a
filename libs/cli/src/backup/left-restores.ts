import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** The names that `restoreLocal` gives to what it prepares: config files and keys, and a data folder of PostgreSQL. */
const PREPARED = /^restore-\w{6}$|\.restore-\d+$/

/**
 * Removes what restores that were killed have left in the folder: copies of the database and of the secrets. The caller holds the stack, so that no other
 * restore is at work. A folder that does not exist has none.
 */
export async function removeLeftRestores(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const left = names.filter((name) => PREPARED.test(name))
  await Promise.all(left.map((name) => rm(join(folder, name), { recursive: true, force: true })))
}
