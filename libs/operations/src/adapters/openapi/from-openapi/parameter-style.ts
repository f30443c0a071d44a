import { isPlainObject } from '../../../schema/schema-limits.ts'

/** How one value is written (OpenAPI's `style` and `explode`, after RFC 6570). */
export interface ParameterStyle {
  readonly style: string
  readonly explode: boolean
  /** Do not encode reserved characters. */
  readonly allowReserved: boolean
}

export type Pair = readonly [name: string, value: string]

type Encode = (text: string) => string

/** Reserved characters that stay as they are where the document allows it: those that neither end the part they are in nor divide it. */
const RESERVED_IN_QUERY = /%(3A|2F|3F|5B|5D|40|21|24|27|28|29|2A|2C|3B)/g
const RESERVED_IN_PATH = /%(3A|2F|5B|5D|40|21|24|26|27|28|29|2A|2B|2C|3B|3D)/g

function encodeAll(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function encoder(allowReserved: boolean, reserved: RegExp): Encode {
  return allowReserved
    ? (text) => encodeURIComponent(text).replaceAll(reserved, (code) => decodeURIComponent(code))
    : encodeAll
}

/** A scalar as text; objects and arrays where none is expected as JSON. */
export function scalarText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  // Numbers from 1e21 would be written with an exponent.
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value).toString()
  return String(value)
}

/** Members that are there; as in RFC 6570, null and undefined are treated as absent. */
function members(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(value).filter(([, member]) => member !== undefined && member !== null)
}

function items(value: readonly unknown[]): string[] {
  return value.filter((item) => item !== undefined && item !== null).map(scalarText)
}

const DELIMITERS: Readonly<Record<string, string>> = {
  form: ',',
  spaceDelimited: '%20',
  pipeDelimited: '%7C',
}

/** A query parameter (or form field) as encoded `name=value` pairs, in order. Empty arrays and objects, null and undefined give none. */
export function queryPairs(name: string, value: unknown, how: ParameterStyle): Pair[] {
  if (value === undefined || value === null) return []
  const encode = encoder(how.allowReserved, RESERVED_IN_QUERY)
  const key = encodeURIComponent(name)
  if (how.style === 'deepObject') return deepPairs(key, value, encode)
  const delimiter = DELIMITERS[how.style] ?? ','
  if (Array.isArray(value)) {
    const texts = items(value).map(encode)
    if (texts.length === 0) return []
    return how.explode ? texts.map((text) => [key, text]) : [[key, texts.join(delimiter)]]
  }
  if (isPlainObject(value)) {
    const pairs = members(value).map(([member, text]): Pair => [
      encodeURIComponent(member),
      encode(scalarText(text)),
    ])
    if (pairs.length === 0) return []
    return how.explode && how.style === 'form' ? pairs : [[key, pairs.flat().join(delimiter)]]
  }
  return [[key, encode(scalarText(value))]]
}

/** `a[b][c]=1`, arrays by index: beyond OpenAPI, as the services that nest write it. */
function deepPairs(key: string, value: unknown, encode: Encode): Pair[] {
  if (value === undefined || value === null) return []
  const inner: [string, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index) => [String(index), item])
    : isPlainObject(value)
      ? members(value)
      : []
  if (typeof value !== 'object') return [[key, encode(scalarText(value))]]
  return inner.flatMap(([name, member]) =>
    deepPairs(`${key}[${encodeURIComponent(name)}]`, member, encode),
  )
}

/** A value that may have slashes: each part between them is encoded. */
export function greedyPathText(value: unknown): string {
  return scalarText(value).split('/').map(encodeAll).join('/')
}

/** A cookie's value: percent-encoded only where RFC 6265 does not allow a character, because most servers do not decode it. */
export function cookieText(value: string): string {
  return value.replaceAll(/[^\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]+/g, encodeURIComponent)
}

/** A path parameter, encoded: `simple` (`a,b`), `label` (`.a.b`) or `matrix` (`;name=a;name=b`). */
export function pathText(name: string, value: unknown, how: ParameterStyle): string {
  const encode = encoder(how.allowReserved, RESERVED_IN_PATH)
  const key = encodeURIComponent(name)
  const texts = Array.isArray(value) ? items(value).map(encode) : undefined
  const pairs = isPlainObject(value)
    ? members(value).map(([member, text]) => [encode(member), encode(scalarText(text))] as const)
    : undefined
  const equals = how.explode ? '=' : ','
  if (how.style === 'label') {
    const between = how.explode ? '.' : ','
    if (texts !== undefined) return `.${texts.join(between)}`
    if (pairs !== undefined) return `.${pairs.map((pair) => pair.join(equals)).join(between)}`
    return `.${encode(scalarText(value))}`
  }
  if (how.style === 'matrix') {
    if (texts !== undefined)
      return how.explode
        ? texts.map((text) => `;${key}=${text}`).join('')
        : `;${key}=${texts.join(',')}`
    if (pairs !== undefined)
      return how.explode
        ? pairs.map((pair) => `;${pair.join('=')}`).join('')
        : `;${key}=${pairs.flat().join(',')}`
    return `;${key}=${encode(scalarText(value))}`
  }
  if (texts !== undefined) return texts.join(',')
  if (pairs !== undefined) return pairs.map((pair) => pair.join(equals)).join(',')
  return encode(scalarText(value))
}

/** A header's value: `simple`, not percent-encoded. */
export function headerText(value: unknown, how: ParameterStyle): string {
  if (Array.isArray(value)) return items(value).join(',')
  if (isPlainObject(value))
    return members(value)
      .map(([member, text]) => `${member}${how.explode ? '=' : ','}${scalarText(text)}`)
      .join(',')
  return scalarText(value)
}
