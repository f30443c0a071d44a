import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stackPaths } from '@alkdev/cli/stack-paths'
import { sleep } from '@alkdev/std'

const MAX_MS = 240_000
const LOOK_MS = 100
const { root, sdk, console: consoleFolder } = stackPaths()
const PROGRAMS = {
  sdk: { main: 'libs/sdk/src/main.ts', folder: sdk },
  console: { main: 'apps/console/src/build/main.ts', folder: consoleFolder },
}
const lock = `alkhub-test-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`

/**
 * The libraries for spokes and clients, or the console, as `alkhub up` of this working tree builds them: built by the first file that asks, and kept while
 * the sources are the same. Returns the folder, which no test may change.
 */
export async function builtOnce(what: keyof typeof PROGRAMS): Promise<string> {
  const { main, folder } = PROGRAMS[what]
  await inOneFileAtATime(() =>
    promisify(execFile)(process.execPath, [join(root, main), folder], { timeout: MAX_MS }),
  )
  return folder
}

/**
 * Of two files of this working tree that come here at once one waits for the other, also when they belong to different runs. Rejects after four minutes. The
 * lock is a socket, which ends with its process, however that ends.
 */
export async function inOneFileAtATime(work: () => Promise<unknown>): Promise<void> {
  const server = createServer()
  // A name without a file. Elsewhere the file of a process that was killed has to be deleted by hand.
  const path = process.platform === 'linux' ? `\0${lock}` : join(tmpdir(), `${lock}.socket`)
  for (const end = Date.now() + MAX_MS; ;) {
    server.listen(path)
    // oxlint-disable no-await-in-loop -- until it is free
    const taken = await once(server, 'listening').then(
      () => undefined,
      (error: unknown) => error as NodeJS.ErrnoException,
    )
    if (taken === undefined) break
    if (taken.code !== 'EADDRINUSE' || Date.now() > end) throw taken
    await sleep(LOOK_MS)
    // oxlint-enable no-await-in-loop
  }
  try {
    await work()
  } finally {
    server.close()
  }
}
