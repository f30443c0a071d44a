import { PlainSocket, register } from '../../plain-socket.ts'
import type { PlainFrame } from '../../plain-socket.ts'

export const RETRY_CLASSES = ['safe', 'keyed', 'never'] as const
export type RetryClassName = (typeof RETRY_CLASSES)[number]

/** One start of a handler. */
export interface Start {
  readonly prompt: string
  readonly key: unknown
  /** False for a repeated key, which gives the answer of its first call. */
  readonly hasEffect: boolean
  answer(): void
}

/** A spoke with an operation of each retry class, which counts what it does. */
export interface CountingSpoke extends AsyncDisposable {
  /** Opens its connection again. */
  attach(): Promise<void>
  readonly starts: readonly Start[]
  /** Prompts of the calls that the hub aborted. */
  readonly aborted: ReadonlySet<string>
  effects(prompt: string): number
  /** Calls an operation on behalf of the caller of the call with this prompt. */
  callBelow(prompt: string, operationId: string, input: object): Promise<PlainFrame>
  /** Calls with this prompt are answered by `answer`, or `letGo`; all others at once. */
  hold(prompt: string): void
  /** Answers the calls with this prompt, also those that come later. */
  letGo(prompt: string): void
}

/** Attaches a spoke with `t.safe`, `t.keyed`, `t.never` and, for those with the scope `t:use`, `t.scoped`; it keeps the promise of a keyed operation with a memory of keys. */
export async function attachCountingSpoke(url: string, key: string): Promise<CountingSpoke> {
  let socket: PlainSocket
  const starts: Start[] = []
  const held = new Set<string>()
  const known = new Set<unknown>()
  const aborted = new Set<string>()
  const prompts = new Map<string, string>()
  const attach = async (): Promise<void> => {
    const opened = await PlainSocket.open(url, key)
    socket = opened
    opened.socket.on('message', (data: Buffer) => {
      const { type, id, payload } = JSON.parse(data.toString()) as PlainFrame
      if (type === 'call.aborted') aborted.add(prompts.get(id) ?? '')
      if (type !== 'call.requested') return
      const { prompt } = payload.input as { prompt: string }
      prompts.set(id, prompt)
      const isKeyed = String(payload.operationId).endsWith('.keyed')
      const start: Start = {
        prompt,
        key: payload.idempotencyKey,
        hasEffect: !(isKeyed && known.has(payload.idempotencyKey)),
        answer: () => opened.send('call.responded', id, { output: { data: { done: prompt } } }),
      }
      known.add(payload.idempotencyKey)
      starts.push(start)
      if (!held.has(prompt)) start.answer()
    })
    await register(
      opened,
      'worker',
      [...RETRY_CLASSES, 'scoped' as const].map((name) => ({
        namespace: 't',
        name,
        version: '1.0.0',
        type: 'mutation',
        description: `The operation ${name}.`,
        inputSchema: { type: 'object' },
        outputSchema: {},
        accessControl: { requiredScopes: name === 'scoped' ? ['t:use'] : [] },
        retry: name === 'scoped' ? 'keyed' : name,
      })),
    )
  }
  await attach()
  return {
    attach,
    starts,
    aborted,
    effects: (prompt) => starts.filter((one) => one.prompt === prompt && one.hasEffect).length,
    callBelow(prompt, operationId, input) {
      const found = [...prompts].find(([, one]) => one === prompt)
      return socket.call(operationId, input, { parentRequestId: found?.[0] ?? '' })
    },
    hold: (prompt) => void held.add(prompt),
    letGo(prompt) {
      held.delete(prompt)
      for (const start of starts) if (start.prompt === prompt) start.answer()
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  }
}
