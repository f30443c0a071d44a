import { readFile } from 'node:fs/promises'
import { ENGINES } from './engines.ts'
import type { EngineName } from './engines.ts'

export interface UpstreamSettings {
  readonly engine: EngineName
  /** Address of the search itself, for instance `http://127.0.0.1:8888/search`. */
  readonly url: URL
  /** File with the key of the search service. Absent when the service needs none. */
  readonly keyFile?: string
  readonly timeoutMs: number
  /** Searches at the same time; the hub queues the others. */
  readonly maxConcurrent: number
}

export interface Settings {
  readonly hub: string
  readonly name: string
  /** File with the hub's key for this spoke. */
  readonly keyFile: string
  readonly upstream: UpstreamSettings
}

type Members = Readonly<Record<string, unknown>>

/** Reads the settings from a JSON file. Throws one Error that names the file and everything in it that is wrong. */
export async function readSettings(file: string): Promise<Settings> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`The settings file ${file} can't be read: copy settings.example.json to it.`)
  })
  const errors: string[] = []
  const root = new Reader(parse(text, file), '', errors)
  const settings = {
    hub: root.text('hub', 'http://127.0.0.1:3000'),
    name: root.text('name', 'websearch'),
    keyFile: root.text('keyFile', 'spoke.key'),
    upstream: readUpstream(root.reader('upstream'), errors),
  }
  root.refuseOthers()
  if (errors.length > 0) throw new Error(`${file}: ${errors.join(' ')}`)
  return settings
}

function readUpstream(members: Reader, errors: string[]): UpstreamSettings {
  const engine = members.text('engine')
  if (engine !== '' && !(engine in ENGINES))
    errors.push(`upstream.engine must be one of ${Object.keys(ENGINES).join(', ')}.`)
  const address = members.text('url')
  const url = URL.canParse(address) ? new URL(address) : undefined
  const usable = url !== undefined && ['http:', 'https:'].includes(url.protocol)
  if (address !== '' && !(usable && url.username === '' && url.password === ''))
    errors.push('upstream.url must be an http or https address without a user or password.')
  const keyFile = members.text('keyFile', '')
  const settings = {
    engine: engine as EngineName,
    url: url ?? new URL('http://invalid'),
    ...(keyFile !== '' && { keyFile }),
    timeoutMs: members.integer('timeoutMs', 10_000, 60_000),
    maxConcurrent: members.integer('maxConcurrent', 8, 256),
  }
  members.refuseOthers()
  return settings
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${file} is not valid JSON.`)
  }
}

/** Reads members of an object and collects what is wrong with them. */
class Reader {
  readonly #members: Members
  readonly #prefix: string
  readonly #errors: string[]
  readonly #read = new Set<string>()

  constructor(value: unknown, prefix: string, errors: string[]) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject) errors.push(`${prefix === '' ? 'The settings' : prefix} must be an object.`)
    this.#members = isObject ? (value as Members) : {}
    this.#prefix = prefix === '' ? '' : `${prefix}.`
    this.#errors = errors
  }

  reader(name: string): Reader {
    return new Reader(this.#take(name), `${this.#prefix}${name}`, this.#errors)
  }

  /** A text; required when there is no default. */
  text(name: string, byDefault?: string): string {
    const value = this.#take(name) ?? byDefault
    if (typeof value === 'string' && (value !== '' || byDefault === '')) return value
    this.#errors.push(`${this.#prefix}${name} must be a text.`)
    return ''
  }

  /** An integer from 1 to `max`. */
  integer(name: string, byDefault: number, max: number): number {
    const value = this.#take(name) ?? byDefault
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max)
      return value
    this.#errors.push(`${this.#prefix}${name} must be an integer from 1 to ${max}.`)
    return byDefault
  }

  refuseOthers(): void {
    for (const name of Object.keys(this.#members))
      if (!this.#read.has(name)) this.#errors.push(`${this.#prefix}${name} is not a setting.`)
  }

  #take(name: string): unknown {
    this.#read.add(name)
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined
  }
}
