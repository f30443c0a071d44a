import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { once } from 'node:events'

export interface ProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
  }
  readonly children?: readonly number[]
}

/** As V8 gives it: times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface AllocationNode {
  readonly callFrame: ProfileNode['callFrame']
  readonly selfSize: number
  readonly children: readonly AllocationNode[]
}

/** Bytes between two samples of allocations, on average. */
const ALLOCATED_BYTES = 65_536
/** Port on which Node opens its inspector after SIGUSR1. */
const INSPECTOR = 'http://127.0.0.1:9229/json/list'
/** Microseconds between two samples. */
export const SAMPLING_US = 250
const MAX_LOOKS = 100

/** The inspector of another Node process; one process at a time, since all use the same port. */
export class Inspector implements AsyncDisposable {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (result: unknown) => void>()
  #next = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      const { id = 0, result } = JSON.parse(data.toString()) as { id?: number; result?: unknown }
      this.#waiting.get(id)?.(result)
      this.#waiting.delete(id)
    })
  }

  static async open(pid: number): Promise<Inspector> {
    process.kill(pid, 'SIGUSR1')
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      const targets = await fetch(INSPECTOR).then(
        async (response) => (await response.json()) as { webSocketDebuggerUrl: string }[],
        () => [],
      )
      const [target] = targets
      if (target !== undefined) {
        const socket = new WebSocket(target.webSocketDebuggerUrl, { perMessageDeflate: false })
        await once(socket, 'open')
        return new Inspector(socket)
      }
      await sleep(50)
    }
    throw new Error(`Process ${pid} did not open its inspector.`)
  }

  /** The profile of the time that `work` takes. */
  async profile(work: () => Promise<unknown>): Promise<CpuProfile> {
    await this.#send('Profiler.enable')
    await this.#send('Profiler.setSamplingInterval', { interval: SAMPLING_US })
    await this.#send('Profiler.start')
    await work()
    const { profile } = (await this.#send('Profiler.stop')) as { profile: CpuProfile }
    await this.#send('Profiler.disable')
    return profile
  }

  /** Collects the garbage of the process, so that its memory is what it holds. */
  async collectGarbage(): Promise<void> {
    // What finalizers release is garbage of the second collection.
    for (let round = 0; round < 2; round++) await this.#send('HeapProfiler.collectGarbage')
  }

  /** The value of an expression in the process. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = (await this.#send('Runtime.evaluate', { expression })) as {
      result: { value?: unknown }
    }
    return result.value
  }

  /** Samples what is allocated from now on. `isAll`: also what is garbage at the end. */
  async startAllocations(isAll: boolean): Promise<void> {
    await this.#send('HeapProfiler.startSampling', {
      samplingInterval: ALLOCATED_BYTES,
      includeObjectsCollectedByMajorGC: isAll,
      includeObjectsCollectedByMinorGC: isAll,
    })
  }

  /** Bytes by function and line, largest first. */
  async stopAllocations(): Promise<(readonly [name: string, bytes: number])[]> {
    const { profile } = (await this.#send('HeapProfiler.stopSampling')) as {
      profile: { head: AllocationNode }
    }
    const sums = new Map<string, number>()
    const walk = ({ callFrame, selfSize, children }: AllocationNode): void => {
      const name = nameOf(callFrame)
      sums.set(name, (sums.get(name) ?? 0) + selfSize)
      for (const child of children) walk(child)
    }
    walk(profile.head)
    return [...sums].toSorted(([, a], [, b]) => b - a)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Frees the port for the next process.
    const expression = `setTimeout(() => process.getBuiltinModule('inspector').close(), 50)`
    await this.#send('Runtime.evaluate', { expression })
    this.#socket.terminate()
    await sleep(300)
  }

  #send(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#next
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }
}

/** Microseconds of own time by function. Waiting is left out. */
export function selfTimes(profile: CpuProfile): { readonly node: ProfileNode; us: number }[] {
  const byId = new Map(profile.nodes.map((node) => [node.id, { node, us: 0 }]))
  for (const [at, id] of profile.samples.entries()) {
    const found = byId.get(id)
    if (found) found.us += profile.timeDeltas[at + 1] ?? 0
  }
  return [...byId.values()].filter(
    ({ node, us }) => us > 0 && node.callFrame.functionName !== '(idle)',
  )
}

const STAGES: readonly (readonly [stage: string, pattern: RegExp])[] = [
  ['bus: frames, batches, signatures', /libs\/(bus|crypto|pubsub)\//],
  ['schemas, access, envelopes', /libs\/operations\//],
  ['keys, limits, records', /libs\/(service|keypal|contracts)\//],
  ['rows of the call log', /libs\/storage\/|\/postgres\/|drizzle/],
  ['the service itself', /\/services\//],
  ['HTTP around Fastify', /libs\/http\//],
  ['Fastify', /fastify|find-my-way|avvio|light-my-request|secure-json|fast-querystring|\/pino/],
  ['Redis client', /ioredis|redis-parser|redis-errors|denque|cluster-key|libs\/redis\//],
  ['WebSocket library', /\/ws\//],
  ['HTTP of Node', /node:_http|node:internal\/http|node:http/],
  [
    'sockets and streams of Node',
    /node:(net|internal\/(stream|streams|js_stream)|stream)|stream_base/,
  ],
  ['timers, promises, events of Node', /node:/],
  ['helpers', /libs\/std\/|libs\/errors\//],
]

function stageOf({ callFrame: { functionName, url } }: ProfileNode): string {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName === '(program)') return 'native code outside of functions'
  if (url === '') return `native: ${functionName || 'unnamed'}`
  return STAGES.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other'
}

function nameOf({ functionName, url, lineNumber }: ProfileNode['callFrame']): string {
  return `${functionName || '(anonymous)'} ${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`
}

/** Microseconds by stage, largest first. */
export function stageTimes(profile: CpuProfile): (readonly [stage: string, us: number])[] {
  const sums = new Map<string, number>()
  for (const { node, us } of selfTimes(profile))
    sums.set(stageOf(node), (sums.get(stageOf(node)) ?? 0) + us)
  return [...sums].toSorted(([, a], [, b]) => b - a)
}

/** Microseconds of own time by function and line, largest first. */
export function functionTimes(profile: CpuProfile): (readonly [name: string, us: number])[] {
  const sums = new Map<string, number>()
  for (const { node, us } of selfTimes(profile)) {
    const name = nameOf(node.callFrame)
    sums.set(name, (sums.get(name) ?? 0) + us)
  }
  return [...sums].toSorted(([, a], [, b]) => b - a)
}
