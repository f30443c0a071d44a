import type { ModelDialect } from '@alkdev/contracts'
import { isNestedDeeper, parseJson } from '@alkdev/std'
import type { JSONValue } from 'ai'

/** What a provider wants back with a part, as the AI SDK takes it: by the name of the package. */
export type PartSeal = Record<string, Record<string, JSONValue>>

/** Levels of the metadata of a part. */
const MAX_DEPTH = 32

/** Who made a part: what is sealed goes back to no other. */
export function makerOf(dialect: ModelDialect, model: string): string {
  return `${dialect} ${model}`
}

/** The metadata of a part as it is stored: a text, which keeps it as it came. Undefined for none. */
export function sealText(metadata: unknown): string | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined
  if (isNestedDeeper(metadata, MAX_DEPTH)) return undefined
  const text = JSON.stringify(metadata)
  return text === '{}' ? undefined : text
}

/** What `sealText` made; undefined for what is not that. */
export function openSeal(text: unknown): PartSeal | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const value = parseJson(text, MAX_DEPTH)
    return typeof value === 'object' && value !== null ? (value as PartSeal) : undefined
  } catch {
    return undefined
  }
}

/** Whether reasoning is signed or encrypted, so that its provider takes it back: without that it refuses it. */
export function isSigned(seal: PartSeal | undefined): boolean {
  const { signature, redactedData } = seal?.['anthropic'] ?? {}
  const { reasoningEncryptedContent: encrypted } = seal?.['openai'] ?? {}
  return [signature, redactedData, encrypted].some((one) => typeof one === 'string' && one !== '')
}

/** The item of a response that reasoning is a part of. */
export function itemOf(seal: PartSeal | undefined): string | undefined {
  const { itemId } = seal?.['openai'] ?? {}
  return typeof itemId === 'string' ? itemId : undefined
}
