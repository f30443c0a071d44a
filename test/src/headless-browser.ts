import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The Chromium of this machine; undefined when there is none. */
export const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
)

export interface HeadlessBrowser extends AsyncDisposable {
  /** Resolves when the browser has ended by itself. */
  readonly gone: Promise<{ readonly failed: string }>
}

/** Opens the page in headless Chromium, with a profile of its own. Dispose of it to end the browser. */
export async function openPage(url: string): Promise<HeadlessBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
  const flags = [
    ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    ...['--no-first-run', `--user-data-dir=${profile}`, url],
  ]
  const child = spawn(chromium ?? '', flags, { stdio: 'ignore', detached: true })
  const exited = once(child, 'exit')
  return {
    gone: exited.then(() => ({ failed: 'the browser ended' })),
    async [Symbol.asyncDispose]() {
      // The whole group: a browser is many processes.
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
      await exited
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}
