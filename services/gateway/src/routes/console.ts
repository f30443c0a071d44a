import { fileURLToPath } from 'node:url'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ConsoleFiles } from '../console/console-files.ts'
import { acceptsGzip } from '../openapi/accepts-gzip.ts'

/** The folder of the console in the container image. */
const IMAGE_FOLDER = fileURLToPath(new URL('../../../../console/', import.meta.url))
const MAX_DEPTH = 8
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

export interface ConsoleRouteOptions {
  /** Folder with the built console. Default: `console/` beside the services, as in the container image. */
  readonly folder?: string | undefined
}

/**
 * `GET /console/`: the console, at every address below it that is not a file. It needs no key: the page has no data of the hub. Browsers that
 * open `/` are sent there, and those that open `/docs` to its operations. All redirects and addresses are relative.
 */
export function addConsole(app: HttpApp, { folder = IMAGE_FOLDER }: ConsoleRouteOptions): void {
  const files = new ConsoleFiles(folder)

  app.get('/', (request, reply) => {
    reply.header('vary', 'accept')
    if (!wantsPage(request)) throw nothingHere()
    return redirect(reply, 302, 'console/')
  })
  app.get('/console', (_request, reply) => redirect(reply, 308, 'console/'))
  app.get('/docs', (_request, reply) => redirect(reply, 302, 'console/operations'))

  app.get<{ Params: { name: string } }>('/console/assets/:name', async (request, reply) => {
    const gzip = acceptsGzip(request.headers['accept-encoding'])
    const file = await files.asset(request.params.name, gzip)
    if (file === undefined) throw nothingHere()
    if (file.encoding !== undefined) reply.header('content-encoding', file.encoding)
    return reply
      .type(file.type)
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding')
      .send(file.body)
  })

  app.get<{ Params: { '*': string } }>('/console/*', async (request, reply) => {
    const path = request.params['*']
    const parts = path.split('/')
    const isFile = parts[0] === 'api' || parts[0] === 'assets' || parts.length > MAX_DEPTH
    if (isFile || !wantsPage(request)) throw nothingHere()
    // A slash that is escaped is none for the browser.
    const depth = (request.url.split('?', 1)[0] ?? '').split('/').length - 3
    const page = await files.page(depth)
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', POLICY)
      .header('referrer-policy', 'no-referrer')
      .header('cross-origin-opener-policy', 'same-origin')
      .header('cache-control', 'no-cache')
      .send(page)
  })
}

function wantsPage({ headers: { accept } }: FastifyRequest): boolean {
  return accept?.includes('text/html') === true
}

/** Fastify's own redirect makes the address absolute for some clients; a proxy with a base path needs it relative. */
function redirect(reply: FastifyReply, code: number, location: string): FastifyReply {
  return reply.code(code).header('location', location).header('cache-control', 'no-cache').send()
}

function nothingHere(): CodedError {
  return new CodedError('OPERATION_NOT_FOUND', 'There is nothing at this address.')
}
