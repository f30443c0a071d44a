/** The direction of an embedding, a byte per dimension: similarity needs no more, and a process holds thousands of them. */
export interface Vector {
  readonly bytes: Int8Array
  /** Euclidean norm of the bytes. */
  readonly norm: number
}

const MAX_DIMENSIONS = 8192
const MAX_BYTE = 127

/** Undefined for what is no direction: no finite numbers, all zero, or too many. */
export function vectorOf(values: readonly unknown[]): Vector | undefined {
  if (values.length === 0 || values.length > MAX_DIMENSIONS) return undefined
  let largest = 0
  for (const value of values) {
    if (typeof value !== 'number' || !Number.isFinite(value)) return undefined
    largest = Math.max(largest, Math.abs(value))
  }
  if (largest === 0) return undefined
  const scale = MAX_BYTE / largest
  return withNorm(Int8Array.from(values as number[], (value) => Math.round(value * scale)))
}

/** Cosine of the angle, from -1 to 1; undefined for vectors of different models. */
export function similarityOf(one: Vector, other: Vector): number | undefined {
  const { bytes } = one
  if (bytes.length !== other.bytes.length) return undefined
  let sum = 0
  for (let at = 0; at < bytes.length; at++) sum += (bytes[at] ?? 0) * (other.bytes[at] ?? 0)
  return sum / (one.norm * other.norm)
}

export function writeVector({ bytes }: Vector): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** Undefined for a text that `writeVector` did not write. */
export function readVector(text: string): Vector | undefined {
  const bytes = new Int8Array(Buffer.from(text, 'base64'))
  if (bytes.length === 0 || bytes.length > MAX_DIMENSIONS) return undefined
  const vector = withNorm(bytes)
  return vector.norm === 0 ? undefined : vector
}

function withNorm(bytes: Int8Array): Vector {
  let sum = 0
  for (const byte of bytes) sum += byte * byte
  return { bytes, norm: Math.sqrt(sum) }
}
