export { toMCP } from './adapters/mcp/to-mcp/to-mcp.ts'
export type { MCPCallContext, MCPToolSet, ToMCPOptions } from './adapters/mcp/to-mcp/to-mcp.ts'
export { renderTool } from './adapters/mcp/to-mcp/tool.ts'
export type { MCPTool, MCPToolAnnotations, RenderedTool } from './adapters/mcp/to-mcp/tool.ts'
export {
  envelopeResult,
  errorResult,
  itemsResult,
  jsonResult,
  toolResult,
} from './adapters/mcp/to-mcp/result.ts'
export type { MCPToolResult } from './adapters/mcp/to-mcp/result.ts'
