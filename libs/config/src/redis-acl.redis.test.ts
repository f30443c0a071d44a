import { randomUUID } from 'node:crypto'
import { testRedis } from '@alkdev/testing'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { redisAcl } from './index.ts'

test('the Redis user of the hub may run the commands of the hub and none that changes or stops the server', async () => {
  const { url, prefix } = testRedis()
  const admin = new Redis(url)
  const name = `u${randomUUID()}`
  const [, line = ''] = redisAcl('a password').split('\n')
  await admin.call('ACL', 'SETUSER', name, ...line.split(' ').slice(2))
  const { hostname, port } = new URL(url)
  const user = new Redis({
    host: hostname,
    port: Number(port),
    username: name,
    password: 'a password',
  })
  try {
    const allowed: string[][] = [
      ['SET', `${prefix}k`, '1', 'PX', '1000'],
      ['PUBLISH', `${prefix}c`, 'x'],
      ['PUBSUB', 'NUMSUB', `${prefix}c`],
      ['XADD', `${prefix}s`, 'MAXLEN', '~', '10', '*', 'a', '1'],
      ['EVAL', 'return 1', '0'],
      ['SCAN', '0'],
      ['INFO', 'server'],
      ['CONFIG', 'GET', 'client-output-buffer-limit'],
      ['CLIENT', 'SETNAME', 'hub'],
    ]
    for (const [command = '', ...args] of allowed)
      await expect(user.call(command, ...args)).resolves.toBeDefined()
    const refused: string[][] = [
      ['FLUSHALL'],
      ['KEYS', '*'],
      ['CONFIG', 'SET', 'save', ''],
      ['SHUTDOWN', 'NOSAVE'],
      ['CLIENT', 'LIST'],
      ['CLIENT', 'KILL', 'TYPE', 'normal'],
      ['ACL', 'LIST'],
      ['REPLICAOF', 'NO', 'ONE'],
      ['DEBUG', 'JMAP'],
    ]
    for (const [command = '', ...args] of refused)
      await expect(user.call(command, ...args)).rejects.toThrow(/NOPERM|not allowed/)
  } finally {
    await admin.call('ACL', 'DELUSER', name)
    admin.disconnect()
    user.disconnect()
  }
})
