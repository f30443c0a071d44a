import { open, readFile, rm } from 'node:fs/promises'
import { resolve } from 'node:path'

/** The folders that this process has. */
const taken = new Set<string>()

/**
 * Takes a folder for one store. Rejects when a process that runs, this one included, has it; the lock of one that was killed is taken over. Resolves with a
 * function that gives it back.
 */
export async function lockFolder(dir: string): Promise<() => Promise<void>> {
  const path = resolve(dir, 'lock')
  if (taken.has(path)) throw new Error(`${dir} is used by this process already`)
  for (let isSecond = false; ; isSecond = true) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- at most two tries
      const file = await open(path, 'wx', 0o600)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await file.writeFile(String(process.pid))
      // oxlint-disable-next-line no-await-in-loop -- as above
      await file.close()
      taken.add(path)
      return async () => {
        await rm(path, { force: true })
        taken.delete(path)
      }
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'EEXIST') throw error
      // oxlint-disable-next-line no-await-in-loop -- as above
      const holder = Number(await readFile(path, 'utf8').catch(() => ''))
      if (isSecond || isRunning(holder))
        throw new Error(
          `${dir} is used by process ${holder}: each spoke needs a folder of its own`,
          {
            cause: error,
          },
        )
      // oxlint-disable-next-line no-await-in-loop -- as above
      await rm(path, { force: true })
    }
  }
}

/** The same id as ours is that of an earlier process: in a container the spoke always has the same one. */
function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { readonly code?: unknown }).code === 'EPERM'
  }
}
