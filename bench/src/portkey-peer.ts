import { fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '@alkdev/cli/local-servers'
import { must, sleep } from '@alkdev/std'
import { END_WITH_PARENT } from './children.ts'
import { httpCaller } from './http-caller.ts'
import type { PathContender } from './path-contender.ts'

const READY_MS = 30_000

/** Portkey's gateway (`@portkey-ai/gateway`) before the provider at `model`, without a key, records and limits. */
export async function portkeyPath(
  model: string,
  body: unknown,
): Promise<PathContender & AsyncDisposable> {
  const manifest = fileURLToPath(import.meta.resolve('@portkey-ai/gateway/package.json'))
  const port = await freePort()
  const script = join(dirname(manifest), 'build/start-server.js')
  const child = fork(script, ['--headless', `--port=${port}`], {
    execArgv: ['--import', END_WITH_PARENT],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const url = `http://127.0.0.1:${port}`
  const until = performance.now() + READY_MS
  while (
    !(await fetch(url).then(
      () => true,
      () => false,
    ))
  ) {
    if (performance.now() > until || child.exitCode !== null)
      throw new Error("Portkey's gateway does not answer")
    await sleep(200)
  }
  return {
    ...httpCaller(`${url}/v1/chat/completions`, body, {
      authorization: 'Bearer unused',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': model,
    }),
    processes: { proxy: must(child.pid) },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
