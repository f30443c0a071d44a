import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { InstanceNews, InstanceOrder, InstanceSettings } from './instance-process.ts'

/** A bus instance in a process of its own, to be killed and frozen. */
export interface ChildInstance extends AsyncDisposable {
  readonly instanceId: string
  /** All its messages, oldest first. */
  readonly news: InstanceNews[]
  /** Starts of handlers that it reported. */
  starts(): number
  tell(order: InstanceOrder): Promise<void>
  kill(signal: NodeJS.Signals): void
}

export async function childInstance(settings: InstanceSettings): Promise<ChildInstance> {
  const child = fork(new URL('./instance-process.ts', import.meta.url), [JSON.stringify(settings)])
  const news: InstanceNews[] = []
  child.on('message', (message: InstanceNews) => news.push(message))
  const [ready] = (await once(child, 'message')) as [InstanceNews]
  return {
    instanceId: ready.news === 'ready' ? ready.instanceId : '',
    news,
    starts: () => news.filter((message) => message.news === 'start').length,
    async tell(order) {
      child.send(order)
      for (;;) {
        const [message] = (await once(child, 'message')) as [InstanceNews]
        if (message.news === 'done') return
      }
    },
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
