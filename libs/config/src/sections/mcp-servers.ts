import { section } from '../field.ts'

export const McpServersConfig = section('Outside MCP servers. It has no settings yet.', {})
export type McpServersConfig = Readonly<Record<string, never>>
