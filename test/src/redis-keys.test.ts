import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** The name of a key or a channel after the prefix of the deployment: `${prefix}:events`, `${config.redis.prefix}:spoke:drain:${id}`. */
const NAME = /[pP]refix\}:([a-z]+(?:-[a-z]+)*(?::[a-z]+(?:-[a-z]+)*)*)/g
/** `version`: sent to see whether a server knows sharded channels, nothing listens. `lock`: below `search:`. */
const OTHERS = ['version', 'lock']

test('the page of Redis lists every key and channel that the code names', () => {
  const page = readFileSync(join(root, 'docs/architecture/pubsub-redis.md'), 'utf8')
  const [, table = ''] = /^## Keys and channels$([\s\S]*?)^## /m.exec(page) ?? []
  const listed = [...table.matchAll(/`([a-z][^`]*)`/g)].map(([, name = '']) =>
    name.replace(/:[<*].*$/, ''),
  )
  const named = globSync('{libs,services}/*/src/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .flatMap((path) => [...readFileSync(join(root, path), 'utf8').matchAll(NAME)])
    .map(([, name = '']) => name)
    .filter((name) => !OTHERS.includes(name))
  expect(new Set(named)).toContain('spoke:drain')
  expect(named.filter((name) => !listed.includes(name))).toEqual([])
})
