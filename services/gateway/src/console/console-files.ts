import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@alkdev/errors'

/** A file of the built console. */
export interface ConsoleFile {
  readonly body: Buffer
  readonly type: string
  readonly encoding?: 'gzip'
}

const RETRY_AFTER_MS = 5000
/** What the build names: letters, digits, dots and dashes, in one folder. */
const ASSET = /^[\w-]+(?:\.[\w-]+)*\.(js|css|svg|json)$/
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json; charset=utf-8',
}
/** Entries kept: a build has about 20 files, each in two encodings. */
const MAX_KEPT = 200

/** Reads the files of the build. Those below `assets/` have a hash of their content in the name, so that they are kept in memory. */
export class ConsoleFiles {
  readonly #folder: string
  readonly #kept = new Map<string, ConsoleFile>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** A file of `assets/`, compressed when `gzip` is accepted and the build has it so; undefined when there is none of that name. */
  async asset(name: string, gzip: boolean): Promise<ConsoleFile | undefined> {
    const extension = ASSET.exec(name)?.[1]
    if (extension === undefined) return undefined
    const key = `${gzip ? 'gzip' : 'plain'} ${name}`
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const path = join(this.#folder, 'assets', name)
    const packed = gzip ? await readOptional(`${path}.gz`) : undefined
    const body = packed ?? (await readOptional(path))
    if (body === undefined) return undefined
    const file: ConsoleFile = {
      body,
      type: TYPES[extension] ?? '',
      ...(packed !== undefined && { encoding: 'gzip' as const }),
    }
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear()
    this.#kept.set(key, file)
    return file
  }

  /**
   * The page, whose relative addresses begin `depth` folders above that of the request, so that the console works below any base path. Throws
   * UNAVAILABLE when the console was not built.
   */
  async page(depth: number): Promise<string> {
    const body = await readOptional(join(this.#folder, 'index.html'))
    if (body === undefined)
      throw new CodedError(
        'UNAVAILABLE',
        'The console is not built. The first `./alkhub up` builds it within seconds; try again.',
        { retryAfterMs: RETRY_AFTER_MS },
      )
    const base = depth === 0 ? './' : '../'.repeat(depth)
    return body.toString('utf8').replace('<head>', `<head>\n<base href="${base}">`)
  }
}

async function readOptional(path: string): Promise<Buffer | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true ? readFile(path) : undefined
}
