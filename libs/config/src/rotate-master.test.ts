import { copyFile, mkdtempDisposable, readFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '@alkdev/crypto'
import { expect, test } from 'vitest'
import { configFilesIn, configServices, initConfig, loadConfig, rotateMaster } from './index.ts'

interface Place extends AsyncDisposable {
  readonly dir: string
  readonly masterKeyPath: string
  postgresUrl(): Promise<string>
}

async function place(): Promise<Place> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'alkhub-rotate-'))
  const dir = join(folder.path, 's')
  await initConfig({ dir, compose: false })
  const masterKeyPath = join(dir, 'master.key')
  const postgresUrl = async (): Promise<string> => {
    const urls = configServices.map(async (service) => {
      const config = await loadConfig({
        path: join(dir, `${service}.json`),
        masterKeyPath,
        service,
      })
      return config.postgres.url.reveal()
    })
    const [first = '', ...others] = await Promise.all(urls)
    expect(new Set(others)).toEqual(new Set([first]))
    return first
  }
  return { dir, masterKeyPath, postgresUrl, [Symbol.asyncDispose]: () => folder.remove() }
}

test('every value is sealed under the new key and the old one opens nothing any more', async () => {
  await using p = await place()
  const url = await p.postgresUrl()
  const old = await readFile(p.masterKeyPath, 'utf8')
  const result = await rotateMaster({
    masterKeyPath: p.masterKeyPath,
    configPaths: await configFilesIn(p.dir),
  })
  // Five services with postgres, redis and the bus key, four of them with encryptionKeys, and migrate with postgres.
  expect(result.values).toBe(5 * 3 + 4 + 1)
  expect(await readFile(p.masterKeyPath, 'utf8')).not.toBe(old)
  expect(await p.postgresUrl()).toBe(url)
  expect(await readdir(p.dir)).not.toContain('master.key.next')
  await writeFile(p.masterKeyPath, old)
  await expect(p.postgresUrl()).rejects.toThrow('cannot be decrypted')
})

test('a passphrase can replace a raw key', async () => {
  await using p = await place()
  const url = await p.postgresUrl()
  const configPaths = [join(p.dir, 'migrate.json'), join(p.dir, 'mcp.json')]
  await rotateMaster({
    masterKeyPath: p.masterKeyPath,
    configPaths,
    passphrase: 'correct horse battery staple',
  })
  const config = await loadConfig({
    path: join(p.dir, 'mcp.json'),
    masterKeyPath: p.masterKeyPath,
    service: 'mcp',
  })
  expect(config.postgres.url.reveal()).toBe(url)
})

test('a rotation that was cut off in the middle is finished by the next one', async () => {
  await using p = await place()
  const url = await p.postgresUrl()
  const configPaths = await configFilesIn(p.dir)
  const key = await readFile(p.masterKeyPath, 'utf8')
  await copyFile(join(p.dir, 'mcp.json'), join(p.dir, '..', 'mcp.json'))
  await rotateMaster({ masterKeyPath: p.masterKeyPath, configPaths })
  // As if it had died before the last file and the last rename.
  await copyFile(p.masterKeyPath, `${p.masterKeyPath}.next`)
  await writeFile(p.masterKeyPath, key)
  await copyFile(join(p.dir, '..', 'mcp.json'), join(p.dir, 'mcp.json'))
  await rotateMaster({ masterKeyPath: p.masterKeyPath, configPaths })
  expect(await p.postgresUrl()).toBe(url)
})

test('nothing is changed when one value does not open', async () => {
  await using p = await place()
  const configPaths = await configFilesIn(p.dir)
  const damaged = join(p.dir, 'mcp.json')
  const tree = JSON.parse(await readFile(damaged, 'utf8'))
  tree.redis._encrypted.data = generateKey()
  await writeFile(damaged, JSON.stringify(tree))
  const before = await Promise.all(configPaths.map((path) => readFile(path, 'utf8')))
  await expect(rotateMaster({ masterKeyPath: p.masterKeyPath, configPaths })).rejects.toThrow(
    /^Nothing was changed: .*config:\/redis/,
  )
  expect(await Promise.all(configPaths.map((path) => readFile(path, 'utf8')))).toEqual(before)
  expect(await readdir(p.dir)).not.toContain('master.key.next')
})
