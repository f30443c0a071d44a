import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SDK_LISTING_FILE, SdkListing } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import { compileLater } from '@alkdev/operations'
import { sdkPage } from '../docs/sdk-page.ts'

/** The folder of the libraries in the container image. */
const IMAGE_FOLDER = fileURLToPath(new URL('../../../../sdk/', import.meta.url))
const RETRY_AFTER_MS = 5000
const listingSchema = compileLater(SdkListing)

export interface SdkRouteOptions {
  /** Folder with the tarballs and their `index.json`. Default: `sdk/` beside the services, as in the container image. */
  readonly folder?: string | undefined
}

/**
 * `GET /sdk/`: the libraries of this hub's version as tarballs that npm installs, with a listing. They need no key, since they contain no data of
 * the hub. They are built beforehand; a request only reads files that the listing names.
 */
export function addSdk(app: HttpApp, { folder = IMAGE_FOLDER }: SdkRouteOptions): void {
  app.get('/sdk', (_request, reply) => reply.redirect('/sdk/', 308))

  app.get('/sdk/', async (request, reply) => {
    const listing = await readListing(folder)
    reply.header('cache-control', 'no-cache').header('vary', 'accept')
    if (!(request.headers.accept ?? '').includes('text/html')) return reply.send(listing)
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(sdkPage(listing, `${request.protocol}://${request.host}`))
  })

  app.get<{ Params: { file: string } }>('/sdk/:file', async (request, reply) => {
    const { file } = request.params
    const listing = await readListing(folder)
    reply.header('cache-control', 'no-cache')
    if (file === SDK_LISTING_FILE) return reply.send(listing)
    const library = listing.libraries.find((each) => each.file === file || each.latest === file)
    if (!library)
      throw new CodedError(
        'OPERATION_NOT_FOUND',
        `There is no library \`${file.slice(0, 100)}\` here; GET /sdk/ lists them.`,
      )
    const etag = `"${library.integrity}"`
    reply.header('etag', etag)
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply
      .header('content-length', library.bytes)
      .type('application/gzip')
      .send(createReadStream(join(folder, library.file)))
  })
}

/** The listing of the folder. Throws UNAVAILABLE while there is none: the libraries are being built, or were not built. */
async function readListing(folder: string): Promise<SdkListing> {
  const text = await readFile(join(folder, SDK_LISTING_FILE), 'utf8').catch(() => undefined)
  if (text === undefined)
    throw new CodedError(
      'UNAVAILABLE',
      'The libraries are not built yet. The first `alkhub up` builds them within seconds; try again.',
      { retryAfterMs: RETRY_AFTER_MS },
    )
  const listing: unknown = JSON.parse(text)
  if (!listingSchema.check(listing))
    throw new CodedError(
      'UNAVAILABLE',
      'The list of the libraries is damaged; build the libraries again.',
    )
  return listing as SdkListing
}
