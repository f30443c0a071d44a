// The tools of an MCP server as operations; here of the server in `mcp-server.ts`, started as a process.
import { fileURLToPath } from 'node:url'
import { CallError, OperationRegistry } from '@alkdev/operations'
import { MCPClientLoader } from '@alkdev/operations/from-mcp'

const loader = new MCPClientLoader()
await loader.load({
  calculator: {
    command: process.execPath,
    args: [fileURLToPath(new URL('mcp-server.ts', import.meta.url))],
  },
})

const registry = new OperationRegistry()
loader.registerAll(registry) // and keeps it in step when the server's tools change
console.log(registry.list().map(({ namespace, name }) => `${namespace}.${name}`))

const { data } = await registry.execute('calculator.math_add', { a: 1, b: 2 })
console.log(data)

try {
  await registry.execute('calculator.math_add', { a: 'one', b: 2 })
} catch (error) {
  if (error instanceof CallError) console.log(error.code, error.message)
}
await loader.closeAll() // ends the process, too
