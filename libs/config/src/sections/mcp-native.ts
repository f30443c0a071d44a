import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { section, text } from '../field.ts'

export const McpNativeConfig = section('The native catalog of the MCP service (`/mcp/native`).', {
  operations: Type.Array(text('A name of an operation; `*` stands for any text.'), {
    maxItems: 1000,
    default: [],
    description:
      'Operations that `/mcp/native` offers as tools, prompts and resources of their own, by name; `*` stands for any text. Without one the address does not exist.',
  }),
})
export type McpNativeConfig = Static<typeof McpNativeConfig>
