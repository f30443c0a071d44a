import { duplicateSubscriber, publishTo, subscribeWhenReady } from '@alkdev/redis'
import type { RedisSubscriber } from '@alkdev/redis'
import type { ServiceRuntime } from '@alkdev/service'
import type { AnswersRedis } from './client-answers.ts'

/** Characters of an answer that another replica gets; requests to clients ask for short answers. */
const MAX_LENGTH = 1024 * 1024
const COMMAND_MS = 5000

/** The channel over which replicas of this service pass on the answers of clients. Subscribes with the first request to a client. */
export function answersChannel(
  runtime: Pick<ServiceRuntime<'mcp'>, 'config' | 'onClose' | 'redis'>,
): AnswersRedis {
  const channel = `${runtime.config.redis.prefix}:mcp:answers`
  let subscriber: RedisSubscriber | undefined
  runtime.onClose('answers of clients', () => subscriber?.disconnect())
  return {
    async publish(message) {
      if (message.length <= MAX_LENGTH) await publishTo(runtime.redis, channel, message)
    },
    async subscribe(onMessage) {
      const connection = duplicateSubscriber(runtime.redis, {
        name: 'answers',
        commandTimeoutMs: COMMAND_MS,
      })
      subscriber = connection
      connection.on('message', (_channel: string, message: string) => onMessage(message))
      subscribeWhenReady(
        connection,
        () => [channel],
        () => undefined,
      )
      try {
        await connection.subscribe(channel)
      } catch (error) {
        connection.disconnect()
        throw error
      }
    },
  }
}
