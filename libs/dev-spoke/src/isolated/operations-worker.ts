import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { CodedError } from '@alkdev/errors'
import type { OperationContext } from '@alkdev/operations'
import type { DevOperation } from '../define.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import type { OperationsModule } from './isolate-operations.ts'

// The entry of the thread; see isolate-operations.ts for the other side.
const { module, options } = workerData as WorkerStart

interface Running {
  readonly controller: AbortController
  items?: AsyncIterator<unknown>
}

const running = new Map<number, Running>()
const port = parentPort as MessagePort
const tell = (message: FromWorker): void => port.postMessage(message)
const loaded = load()
// The first sign, before any call is begun. A failure is each call's, too.
loaded.then(
  () => tell({ is: 'pong' }),
  () => undefined,
)

async function load(): Promise<Map<string, DevOperation>> {
  const { devOperations } = (await import(module)) as OperationsModule
  const operations = await devOperations({
    ...(options as object),
    onProcessGroup: (pid: number, isRunning: boolean, mark = '') =>
      tell({ is: 'group', pid, running: isRunning, mark }),
  })
  return new Map(operations.map((op) => [`${op.namespace}.${op.name}`, op]))
}

async function begin(message: Extract<ToWorker, { do: 'call' }>): Promise<void> {
  const { id, name, input } = message
  const controller = new AbortController()
  const call: Running = { controller }
  running.set(id, call)
  try {
    const operation = (await loaded).get(name)
    if (!operation) throw new CodedError('OPERATION_NOT_FOUND', `There is no operation ${name}.`)
    const context = { ...message.context, signal: controller.signal } as OperationContext
    const handler = (message.recover ? operation.recover : operation.handler) as (
      input: unknown,
      context: OperationContext,
    ) => unknown
    const result = handler(input, context)
    if (operation.type === 'subscription') {
      call.items = (result as AsyncIterable<unknown>)[Symbol.asyncIterator]()
      return
    }
    end(id, { is: 'done', id, value: await result })
  } catch (error) {
    fail(id, error)
  }
}

async function next(id: number): Promise<void> {
  const items = running.get(id)?.items
  if (!items) return
  try {
    const { done, value } = await items.next()
    if (done === true) end(id, { is: 'done', id })
    else tell({ is: 'item', id, value })
  } catch (error) {
    fail(id, error)
  }
}

async function nextOnceLoaded(id: number): Promise<void> {
  try {
    await loaded
  } catch {
    return // `begin` tells it.
  }
  await next(id)
}

function abort(id: number): void {
  const call = running.get(id)
  if (!call) return
  running.delete(id)
  call.controller.abort(new CodedError('ABORTED', 'The call was aborted.'))
  // Not awaited: a generator that waits in its own await returns when that ends.
  void Promise.resolve(call.items?.return?.()).catch(() => undefined)
}

function fail(id: number, error: unknown): void {
  end(id, { is: 'failed', id, error: CodedError.from(error).toWire() })
}

function end(id: number, message: FromWorker): void {
  if (running.delete(id)) tell(message)
}

port.on('message', (message: ToWorker) => {
  switch (message.do) {
    case 'call':
      void begin(message)
      return
    case 'next':
      // After `begin`, which may still wait for the module.
      void nextOnceLoaded(message.id)
      return
    case 'abort':
      return abort(message.id)
    case 'ping':
      // Loading the module may take long; the watch gives it more time.
      void loaded.then(
        () => tell({ is: 'pong' }),
        () => undefined,
      )
  }
})
