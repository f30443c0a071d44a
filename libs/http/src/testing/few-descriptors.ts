import { createHttpApp, listenHttpApp } from '../index.ts'
import { createLineLogger } from './line-logger.ts'

// Run with a low limit of open files by descriptor-watch.test.ts: prints each log line, and its address.
const app = createHttpApp({
  logger: createLineLogger((line) => process.stdout.write(`${line}\n`)),
  health: { ready: () => true, report: () => ({}) },
})
const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ url })}\n`)
