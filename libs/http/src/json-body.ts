import { CodedError } from '@alkdev/errors'
import { JsonDepthError, parseJson } from '@alkdev/std'
import type { HttpApp } from './app.ts'

/**
 * The value of a JSON body of at most 512 levels. `__proto__` is a member as any other. Throws VALIDATION_ERROR for what is compressed, empty, not JSON or nested too
 * deep.
 */
function readJsonBody(body: string, contentEncoding: string | undefined): unknown {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity')
    throw new CodedError(
      'VALIDATION_ERROR',
      'The body is compressed (content-encoding); send it as it is.',
    )
  const text = body.startsWith('\uFEFF') ? body.slice(1) : body
  if (text === '') throw new CodedError('VALIDATION_ERROR', 'The body is empty; JSON was expected.')
  try {
    return parseJson(text)
  } catch (cause) {
    const message =
      cause instanceof JsonDepthError
        ? `The body is nested deeper than ${cause.maxDepth} levels.`
        : 'The body is not JSON.'
    throw new CodedError('VALIDATION_ERROR', message, { cause })
  }
}

/** Methods whose requests have no body as a rule. */
const BODILESS: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS'])

/** Reads bodies of `application/json` with the limit on nesting, in place of Fastify's own parser. */
export function addJsonBodies(app: HttpApp): void {
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      // Many clients send the type with every request, also with those that have no body.
      if (body === '' && BODILESS.has(request.method)) return done(null, undefined)
      try {
        done(null, readJsonBody(body, request.headers['content-encoding']))
      } catch (error) {
        done(error as CodedError)
      }
    },
  )
}
