import { CallError } from '@alkdev/operations'

const SPACE = 32
const BRACKET = 91
/** A byte order mark. */
const MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf])

/**
 * The answer of an MCP server with a body that fails when it is a list of messages. The client of the hub sends no lists, so it gets none, and the SDK
 * would check each message of one at once.
 */
export function oneMessage(answer: Response): Response {
  if (answer.body === null || !isJson(answer)) return answer
  let isBegun = false
  const checked = answer.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const first = isBegun ? undefined : chunk.find((byte) => byte > SPACE && !MARK.has(byte))
        isBegun ||= first !== undefined
        if (first !== BRACKET) return controller.enqueue(chunk)
        return controller.error(
          new CallError('EXECUTION_ERROR', 'The outside service answers with a list of messages.', {
            reason: 'protocol',
          }),
        )
      },
    }),
  )
  const { status, statusText, headers, url } = answer
  const one = new Response(checked, { status, statusText, headers })
  Object.defineProperty(one, 'url', { value: url })
  return one
}

function isJson({ headers }: Response): boolean {
  return headers.get('content-type')?.includes('json') === true
}
