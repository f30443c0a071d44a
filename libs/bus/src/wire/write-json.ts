/**
 * The JSON text of a value, or undefined when it has none: nested too deeply for the engine, a BigInt, a cycle, or a getter or `toJSON`
 * that throws. Values of callers and handlers are serialized only by this function, so that none of them can throw in the middle of a send.
 */
export function writeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

/** Bytes of a value as JSON; 0 when it has no JSON text. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(writeJson(value) ?? '')
}
