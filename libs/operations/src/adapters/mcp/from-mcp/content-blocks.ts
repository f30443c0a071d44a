import { isPlainObject } from '../../../schema/schema-limits.ts'
import type {
  MCPAnnotations,
  MCPContentBlock,
  MCPResourceContent,
} from '../../../calls/response-envelope.ts'

type Fields = Readonly<Record<string, unknown>>

const OCTETS = 'application/octet-stream'

/** A server's content as the five kinds of blocks. A block of an unknown kind becomes a text block with its JSON. */
export function mapMCPContentBlocks(blocks: readonly unknown[]): MCPContentBlock[] {
  return blocks.map((block) => (isPlainObject(block) ? mapBlock(block) : asJson(block)))
}

function mapBlock(block: Fields): MCPContentBlock {
  const annotations = annotationsOf(block)
  switch (block['type']) {
    case 'text':
      return typeof block['text'] === 'string'
        ? { type: 'text', text: block['text'], ...annotations }
        : asJson(block)
    case 'image':
    case 'audio': {
      const { type, data, mimeType } = block
      if (typeof data !== 'string') return asJson(block)
      const initial = type === 'audio' ? 'audio/octet-stream' : OCTETS
      return { type, data, mimeType: text(mimeType) ?? initial, ...annotations }
    }
    case 'resource':
      return isPlainObject(block['resource'])
        ? { type: 'resource', resource: resourceOf(block['resource']), ...annotations }
        : asJson(block)
    case 'resource_link': {
      const { uri, name } = block
      if (typeof uri !== 'string') return asJson(block)
      return {
        type: 'resource_link',
        uri,
        name: text(name) ?? uri,
        ...optional(block, ['description', 'mimeType']),
      }
    }
    default:
      return asJson(block)
  }
}

function resourceOf(resource: Fields): MCPResourceContent {
  return {
    uri: text(resource['uri']) ?? '',
    ...optional(resource, ['mimeType', 'text', 'blob']),
  }
}

function annotationsOf(block: Fields): { annotations?: MCPAnnotations } {
  return isPlainObject(block['annotations']) ? { annotations: block['annotations'] } : {}
}

function optional(fields: Fields, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = text(fields[name])
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function asJson(value: unknown): MCPContentBlock {
  return { type: 'text', text: JSON.stringify(value) ?? 'null' }
}
