import { createKeyedHash, generateKey } from '@alkdev/crypto'
import type { McpContext } from '../context.ts'
import { ClientAnswers } from '../legacy/client-answers.ts'
import type { InnerCall } from '../protocol/calls-within.ts'
import type { Caller } from '../protocol/caller.ts'
import { CallerUses } from '../protocol/caller-uses.ts'
import { Endpoint } from '../protocol/endpoint.ts'
import { Rounds } from '../protocol/rounds.ts'
import { toolsEndpoint } from '../protocol/tools-server.ts'

/** By the operation that starts them and the value of a member of its input, the calls of what the hub has stored. A test may change them. */
export const STARTED = new Map<string, InnerCall[]>()

/** `/mcp` over a hub that a test describes, without HTTP. `context` has its bus, configuration, results and events. */
export function testEndpoint(
  context: unknown,
): (request: Request, caller: object) => Promise<Response> {
  const partial = context as McpContext
  const retention = { queuedCallDays: 7 } as McpContext['runtime']['config']['retention']
  const config = { ...partial.runtime.config, retention }
  const uses = new CallerUses(partial.runtime.live)
  const given = { ...partial, uses, runtime: { ...partial.runtime, config } }
  const taken = new Set<string>()
  const rounds = new Rounds({
    bus: given.runtime.bus,
    prefix: 'test',
    startedBy: ({ operationId, input }) => {
      const [value] = Object.values((input ?? {}) as Record<string, unknown>)
      const started = STARTED.get(`${operationId} ${String(value)}`)
      return started && Promise.resolve(started)
    },
    inputHash: createKeyedHash([generateKey()], 'test'),
    redis: {
      set: async (key) => {
        if (taken.has(key)) return null
        taken.add(key)
        return 'OK'
      },
    },
  })
  const endpoint = new Endpoint(given, {
    ...toolsEndpoint(given, rounds),
    answers: new ClientAnswers({ publish: async () => 0, subscribe: async () => undefined }),
  })
  return async (request, caller) =>
    endpoint.fetch({
      request,
      caller: {
        from: {},
        depth: undefined,
        tooDeep: false,
        keyEnded: new AbortController().signal,
        session: undefined,
        ...caller,
      } as Caller,
      body: undefined,
      takesLong: false,
    })
}
