import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** Imported before the script of a process that must end with its parent. */
export const END_WITH_PARENT = new URL('./end-with-parent.ts', import.meta.url).href

/** Processes that end with the bench, also when it is killed. */
export class Children implements AsyncDisposable {
  readonly #running: ChildProcess[] = []

  /** Starts a script of this folder, with these arguments of Node; resolves with it and its first message, which means that it is ready. */
  async start(
    script: string,
    args: readonly string[],
    nodeArgs: readonly string[] = [],
  ): Promise<{ readonly child: ChildProcess; readonly said: string }> {
    const child = fork(new URL(script, import.meta.url), args, {
      execArgv: ['--import', END_WITH_PARENT, ...nodeArgs],
    })
    this.#running.push(child)
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${script} ended with ${String(code)}`)
    })
    ended.catch(() => undefined)
    const [said] = (await Promise.race([once(child, 'message'), ended])) as [string]
    return { child, said }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#running.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }),
    )
  }
}
