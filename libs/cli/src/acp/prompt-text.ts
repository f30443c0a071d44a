import { RequestError } from '@agentclientprotocol/sdk/unstable'
import type { ContentBlock } from '@agentclientprotocol/sdk/unstable'

/** The text of a prompt: its texts, and links and files of the editor as text. Throws an error of the protocol for other content. */
export function promptText(blocks: readonly ContentBlock[]): string {
  const text = blocks.map(blockText).join('\n').trim()
  if (text === '') throw RequestError.invalidParams(undefined, 'The prompt has no text.')
  return text
}

function blockText(block: ContentBlock): string {
  switch (block.type) {
    case 'text':
      return block.text
    case 'resource_link':
      return `[${block.title ?? block.name}](${block.uri})`
    case 'resource':
      if ('text' in block.resource) return `${block.resource.uri}:\n${block.resource.text}`
      break
    default:
  }
  throw RequestError.invalidParams(undefined, `Prompts with ${block.type} are not supported.`)
}
