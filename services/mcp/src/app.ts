import { authenticatePlugin } from '@alkdev/http'
import { addRateLimit } from '@alkdev/service'
import type { McpContext } from './context.ts'
import { addMcp } from './routes/mcp.ts'
import { createHandler } from './protocol/create-handler.ts'

/** The `/mcp` route. */
export async function buildApp(context: McpContext): Promise<void> {
  const { app, authenticator, config, live, signal, url } = context.runtime
  const handler = createHandler(context, 'auto')
  const streamHandler = createHandler(context, 'sse')
  context.runtime.onClose('MCP requests', async () => {
    await Promise.all([handler.close(), streamHandler.close()])
  })
  await app.register(async (scope) => {
    await scope.register(authenticatePlugin, { authenticator })
    addRateLimit(scope, context.limiter)
    // The protocol reads the body itself: what is malformed has an error of its own there.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    const { host, cors, publicUrl, advertisedUrl } = config.http
    const urls = [url, publicUrl, advertisedUrl].filter((one) => one !== undefined)
    addMcp(scope, {
      live,
      handler,
      streamHandler,
      origins: { origins: cors.origins, host, urls },
      stopping: signal,
      streams: context.streams,
    })
  })
}
