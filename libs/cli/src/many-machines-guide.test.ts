import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '@alkdev/config'
import { makeCertificates } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { run } from './testing/memory-io.ts'

const guide = await readFile(
  fileURLToPath(new URL('../../../docs/guides/run-on-many-machines.md', import.meta.url)),
  'utf8',
)
const blocks = (language: string): string[] =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  )

test('run-on-many-machines.md can be followed to config files that name sentinels, a cluster and an authority', async () => {
  await using dir = await mkdtempDisposable(join(tmpdir(), 'alkhub-many-machines-'))
  await using tls = await makeCertificates()
  const [sentinels = '', cluster = ''] = blocks('json')
  const load = (service: 'gateway' | 'mcp' | 'coordinator') =>
    loadConfig({
      service,
      path: join(dir.path, `hub/${service}.json`),
      masterKeyPath: join(dir.path, 'hub/master.key'),
    })
  const follow = async (redis: string): Promise<void> => {
    await writeFile(join(dir.path, 'redis.json'), redis)
    for (const line of blocks('sh').flatMap((block) => block.trim().split('\n'))) {
      // Those that need servers are run by many-machines-guide.e2e.test.ts.
      if (!line.startsWith('./alkhub config ')) continue
      const words = line
        .replace('/etc/alkhub/ca.pem', tls.caFile)
        .replace('redis.json', join(dir.path, 'redis.json'))
        .split(' ')
        .slice(1)
      const { code, err } = await run(words, { cwd: dir.path })
      expect({ line, code, err }).toEqual({ line, code: 0, err: '' })
    }
  }
  await follow(sentinels)
  const { redis, postgres, http } = await load('gateway')
  expect(redis.sentinel).toMatchObject({
    nodes: [1, 2, 3].map((n) => ({ host: `sentinel-${n}.example`, port: 26_379 })),
    name: 'mymaster',
  })
  expect(redis.url.reveal()).toContain('redis://alkhub:of%20the%20servers@sentinel-1.example')
  expect(postgres).toMatchObject({ ssl: true, tls: { ca: tls.ca } })
  expect(http.host).toBe('192.0.2.11')
  await follow(cluster)
  for (const service of ['gateway', 'mcp', 'coordinator'] as const) {
    const { redis: now } = await load(service)
    expect(now.cluster?.map(({ host }) => host)).toEqual([1, 2, 3].map((n) => `redis-${n}.example`))
    expect(now.sentinel).toBeUndefined()
    const file = await readFile(join(dir.path, `hub/${service}.json`), 'utf8')
    expect(file).not.toContain('redis-1.example')
  }
})
